"""Every page in a real browser: accessible in the light and in the dark, from the disk, on a phone, without script.

A page that logs an error or asks another host for anything fails its test (`browsing.new_page`).
"""

from __future__ import annotations

import re

import pytest
from browsing import PHONE, arrive, violations
from sitemap import PAGES

READING = [p for p in PAGES if not p.startswith(("index", "embed/"))]  # pages in the frame of the book


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
        """() => {
            const clipped = e => e && (getComputedStyle(e).overflowX !== "visible" || clipped(e.parentElement));
            return [...document.querySelectorAll("main *")]
                .filter(e => e.getBoundingClientRect().right > 361 && !clipped(e.parentElement))
                .map(e => e.tagName + "." + e.className).slice(0, 5);
        }"""
    )


@pytest.mark.parametrize("name", READING)
def test_without_javascript(new_page, name):
    page = new_page(name, java_script_enabled=False)
    heading = page.locator("main h1:visible").first
    assert heading.is_visible()
    for picture in page.locator("img.opt-picture").all():
        picture.scroll_into_view_if_needed()
        assert picture.is_visible()
