"""What the site does for its readers, in a real browser: search, light and dark, boxes, paper, the way around."""

from __future__ import annotations

from browsing import PHONE, arrive, violations
from sitemap import weighed

CHAPTER = "chapters/04-momentum.html"


def test_the_landing_page_is_accessible_on_a_phone(new_page):
    page = new_page("intro.html", **PHONE)
    arrive(page)
    assert violations(page) == []


def test_search_finds_the_chapter(new_page):
    page = new_page("search.html?q=momentum")
    page.locator("#search-results li a").first.wait_for()
    assert page.locator(f"#search-results a[href*='{CHAPTER}']").count() >= 1


def test_search_from_the_disk(new_page):
    page = new_page("search.html?q=momentum", from_file=True)
    page.locator("#search-results li a").first.wait_for()
    assert page.locator(f"#search-results a[href*='{CHAPTER}']").count() >= 1


def test_search_button_opens_the_field(page):
    page.goto("intro.html")
    page.locator(".search-button-field").first.click()
    field = page.locator(".search-button__search-container input")
    field.fill("ravine")
    field.press("Enter")
    page.wait_for_url("**/search.html?q=ravine")


def test_light_and_dark_can_be_chosen_and_are_remembered(page):
    page.goto("intro.html")
    seen = set()
    for _ in range(3):
        page.locator(".theme-switch-button").first.click()
        seen.add(page.evaluate("document.documentElement.dataset.mode"))
    assert seen == {"light", "dark", "auto"}
    while page.evaluate("document.documentElement.dataset.mode") != "dark":
        page.locator(".theme-switch-button").first.click()
    page.goto("about.html")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_a_figure_in_the_dark_is_turned_over(new_page):
    page = new_page(CHAPTER, color_scheme="dark")
    filters = page.evaluate("[...document.querySelectorAll('.cell_output img')].map(i => getComputedStyle(i).filter)")
    assert filters
    assert all("invert(1)" in f for f in filters)


def test_a_link_into_a_closed_box_opens_it(page):
    page.goto(CHAPTER)
    inside = page.evaluate("document.querySelector('details:not([open]) [id]')?.id")
    assert inside, "the chapter has no box with something to link to"
    page.goto(f"{CHAPTER}#{inside}")
    assert page.evaluate("id => document.getElementById(id).closest('details').open", inside)


def test_boxes_open_by_keyboard(page):
    page.goto(CHAPTER)
    box = page.locator("details.admonition, details.sd-dropdown").first
    box.locator("summary").focus()
    page.keyboard.press("Enter")
    assert box.evaluate("box => box.open")


def test_paper_is_white_and_shows_what_boxes_hide(new_page):
    page = new_page(CHAPTER, color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    assert page.locator("html[data-theme=light]").count() == 1
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details:not([open])").count() > 0
    assert page.locator("html[data-theme=dark]").count() == 1
    page.emulate_media(media="print")
    assert not page.locator(".bd-sidebar-primary").is_visible()


def test_the_contents_are_a_drawer_on_a_phone(new_page):
    page = new_page(CHAPTER, **PHONE)
    assert not page.locator(".bd-sidebar-primary").is_visible() or page.locator(".bd-sidebar-primary").evaluate(
        "e => e.getBoundingClientRect().right <= 0"
    )
    page.locator(".primary-toggle").first.click()
    page.locator(".bd-sidebar-primary a", has_text="ledger").first.click()
    page.wait_for_url("**/ledger.html")


def test_the_scale_weighs_at_least_what_the_browser_loads(new_page, site_dir, site_url):
    """The byte budget is honest: no file reaches the browser that the budget does not count."""
    for name in ("intro.html", CHAPTER):
        page = new_page()
        fetched: list[str] = []
        page.on("response", lambda r, fetched=fetched: fetched.append(r.url))
        page.goto(name)
        page.evaluate("document.querySelectorAll('img').forEach(i => { i.loading = 'eager' })")
        arrive(page)
        counted = {f.relative_to(site_dir.resolve()).as_posix() for f in weighed(site_dir / name)}
        assert {u.removeprefix(site_url).partition("?")[0] for u in fetched} <= counted
