"""What all tests share: the built site and a browser (see `browsing.py`), and the script without either."""

from bare_v8 import v8
from browsing import browser, new_page, page, site_build, site_dir, site_url

__all__ = ["browser", "new_page", "page", "site_build", "site_dir", "site_url", "v8"]
