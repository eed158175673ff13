"""What all tests share: the built site and a browser (see `browsing.py`)."""

from browsing import browser, new_page, page, site_build, site_dir, site_url

__all__ = ["browser", "new_page", "page", "site_build", "site_dir", "site_url"]
