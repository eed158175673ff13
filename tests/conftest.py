"""What all tests share: the built site, a browser and a reader's hands (`browsing.py`, `hands.py`), the bare script."""

from bare_v8 import v8
from browsing import browser, new_page, page, site_build, site_dir, site_url
from hands import hold

__all__ = ["browser", "hold", "new_page", "page", "site_build", "site_dir", "site_url", "v8"]
