"""Every page in a real browser: quiet, accessible, light and dark, phone, from the disk, without script."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browsing import PHONE
from sitemap import PAGES, weighed

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
READING = [p for p in PAGES if not p.startswith(("index", "embed/"))]  # pages in the frame of the book
CHAPTER = "chapters/04-momentum.html"


def violations(page, only: str | None = None) -> list[str]:
    """What axe-core finds wrong with the page as it is now, one line each; `only` names a single check."""
    client = page.context.new_cdp_session(page)  # injected past the page's Content-Security-Policy
    client.send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
    options = {"resultTypes": ["violations"]} | ({"runOnly": [only]} if only else {})
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [
        f"{v['id']} ({v['impact']}): {v['help']}: {', '.join(n['target'][0] for n in v['nodes'][:3])}" for v in found
    ]


def arrive(page) -> None:
    """Wait until the page and its instruments stand still: loaded, fonts there, two frames drawn.

    No `wait_for_function` here: Playwright evaluates its text inside the page, which the policy forbids.
    """
    if re.search(r"(?<!api)/index\.html$", page.url):
        page.wait_for_url("**/intro.html")  # the front door leads on
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready.then(() => 0)")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))")


@pytest.mark.parametrize("name", PAGES)
def test_in_the_light_and_in_the_dark(new_page, name):
    page = new_page(name, reduced_motion="reduce")
    arrive(page)
    assert violations(page) == []
    if name in READING:
        assert brightness(page) > 240
        page.emulate_media(color_scheme="dark")  # the system turns dark while the page is open
        page.locator("html[data-theme=dark]").wait_for()
        arrive(page)
        assert brightness(page) < 60
        assert violations(page, only="color-contrast") == []  # nothing else depends on colors


def brightness(page) -> float:
    """Of the paper, from 0 to 255."""
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(map(int, re.findall(r"\d+", paper)[:3])) / 3


@pytest.mark.parametrize("name", PAGES)
def test_from_the_disk(new_page, name):
    page = new_page(name, from_file=True)
    arrive(page)
    assert page.title()


@pytest.mark.parametrize("name", PAGES)
def test_on_a_phone(new_page, name):
    page = new_page(name, **PHONE)
    arrive(page)
    width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width[0] <= width[1], f"{name} scrolls sideways: {_widest(page)}"


def _widest(page) -> list[str]:
    return page.evaluate(
        """() => [...document.querySelectorAll("main *")]
            .filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 5)
            .map(e => e.tagName + "." + e.className)"""
    )


@pytest.mark.parametrize("name", READING)
def test_without_javascript(new_page, name):
    page = new_page(name, java_script_enabled=False)
    heading = page.locator("main h1:visible").first
    assert heading.is_visible()
    for picture in page.locator("img.opt-picture").all():
        picture.scroll_into_view_if_needed()
        assert picture.is_visible()


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


def test_paper_shows_what_boxes_hide(page):
    page.goto(CHAPTER)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details:not([open])").count() > 0
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
