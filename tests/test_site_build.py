"""The finished site: complete, linked, light, and sufficient to itself."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
import sitemap
from PIL import Image, ImageChops
from sitemap import PAGES, anchors, in_styles, loaded, local, soup, weighed

KILOBYTE = 1000
# A text page is one without instruments. Everything that a page loads counts, pictures further down included.
TEXT_BUDGET, CHAPTER_BUDGET = 300 * KILOBYTE, 500 * KILOBYTE


def test_it_builds_without_a_warning(site_build):
    _, complaints = site_build
    assert complaints == ""


def test_exactly_the_pages_of_the_contents_exist(site_dir):
    found = {p.relative_to(site_dir).as_posix() for p in site_dir.rglob("*.html") if "_static" not in p.parts}
    assert found == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_every_link_and_anchor_leads_somewhere(site_dir, name):
    page = site_dir / name
    lost = []
    for link in soup(page).find_all("a", href=True):
        target = local(page, link["href"])
        if target is None:
            continue
        anchor = unquote(urldefrag(link["href"]).fragment)
        if (
            target.is_dir()
            or not target.is_file()
            or (anchor and target.suffix == ".html" and anchor not in anchors(target))
        ):
            lost.append(link["href"])
    assert not lost


@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_only_files_of_the_site(site_dir, name):
    page = site_dir / name
    addresses = [(page, a) for a in loaded(page)]
    sheets = {local(page, a) for a in loaded(page) if a.partition("?")[0].endswith(".css")}
    addresses += [(s, a) for s in sheets for a in in_styles(s)]
    foreign = [a for where, a in addresses if not a.startswith("data:") and local(where, a) is None]
    missing = [a for where, a in addresses if (f := local(where, a)) and not a.startswith("data:") and not f.is_file()]
    assert not foreign
    assert not missing


@pytest.mark.parametrize("name", PAGES)
def test_the_policy_allows_what_the_page_needs_and_no_more(site_dir, name):
    page = soup(site_dir / name)
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
    rules = dict(part.strip().split(" ", 1) for part in policy["content"].split(";"))
    inline = [s.string or "" for s in page.find_all("script", src=False) if not s.get("type")]
    hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in inline}
    assert set(rules["script-src"].split()) == {"'self'"} | hashes
    assert rules["img-src"] == "'self' data:"
    assert rules["font-src"] == "'self'"
    first_script = page.find("script")
    assert first_script is None or policy in first_script.find_all_previous("meta"), "the policy comes too late"
    handlers = [t for t in page.find_all(True) if any(a.lower().startswith("on") for a in t.attrs)]
    assert not handlers, "the policy would forbid these handlers"


@pytest.mark.parametrize("name", PAGES)
def test_weight(site_dir, name):
    files = weighed(site_dir / name)
    has_instrument = soup(site_dir / name).find(re.compile("^opt-")) is not None
    total, budget = sum(files.values()), CHAPTER_BUDGET if has_instrument else TEXT_BUDGET
    heaviest = sorted(files.items(), key=lambda item: -item[1])[:8]
    listing = ", ".join(f"{f.name} {b / KILOBYTE:.0f}" for f, b in heaviest)
    assert total <= budget, f"{total / KILOBYTE:.0f} kB, {budget / KILOBYTE:.0f} allowed; heaviest: {listing}"


@pytest.mark.parametrize("name", PAGES)
def test_script_and_mathematics_only_where_needed(site_dir, name):
    page = soup(site_dir / name)
    files = {f.name for f in weighed(site_dir / name)}
    assert ("explorables.js" in files) == (page.find(re.compile("^opt-")) is not None)
    assert ("katex.css" in files) == (page.find(class_="katex") is not None)
    assert not {"all.min.js", "tex-mml-chtml.js", "sphinx-thebe.js", "togglebutton.js"} & files


@pytest.mark.parametrize("name", PAGES)
def test_every_picture_has_words_and_a_size(site_dir, name):
    page = soup(site_dir / name)
    pictures = page.find_all("img")
    assert not [p["src"] for p in pictures if p.get("alt") is None]
    measured = [p for p in pictures if "_images/" in p["src"] and not p["src"].endswith(".svg")]
    assert not [p["src"] for p in measured if not p.get("alt", "").strip()], "a figure without alt text"
    assert not [p["src"] for p in measured if not (p.get("width") and p.get("height"))], "the page would jump"


def test_measured_figures_keep_every_pixel(site_dir):
    page = soup(site_dir / "chapters" / "04-momentum.html")
    shown = {Path(p["src"]).stem for p in page.find_all("img") if "opt-picture" not in p.get("class", [])}
    pictures = [p for p in (site_dir / "_images").glob("*.webp") if p.stem in shown]
    assert pictures
    for picture in pictures:
        original = site_dir.parent / "jupyter_execute" / f"{picture.stem}.png"
        with Image.open(picture) as a, Image.open(original) as b:
            assert ImageChops.difference(a.convert("RGB"), b.convert("RGB")).getbbox() is None


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_code_can_be_read(site_dir, theme):
    """Each color of highlighted code against the paper under it, by the contrast of WCAG 2."""
    own = (site_dir / "_static" / "site.css").read_text(encoding="utf-8")
    block = re.search(rf'html\[data-theme="{theme}"\] {{(.*?)}}', own, re.DOTALL)[1]
    paper = re.search(r"--site-raised: (#\w{6})", block)[1]
    tokens = (site_dir / "_static" / "pygments.css").read_text(encoding="utf-8")
    bodies = re.findall(rf'data-theme="?{theme}"?\][^{{}}]*{{([^{{}}]*)}}', tokens)
    colors = [c for b in bodies if "background-color" not in b for c in re.findall(r"(?<!-)color: ?(#\w{6})", b)]
    assert len(set(colors)) > 3
    assert [c for c in set(colors) if contrast(c, paper) < 4.5] == []


def contrast(one: str, other: str) -> float:
    """The ratio of two colors `#rrggbb`, from 1 to 21."""
    dark, light = sorted(map(_luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_rule_is_in_the_reference(site_dir):
    from optimlib import rules

    page = soup(site_dir / "api" / "rules.html")
    assert [n for n in rules.RULES if page.find(id=f"rule-{n.replace('_', '-')}") is None] == []
    text = page.get_text()
    for name, rule in rules.RULES.items():
        assert rule.source.splitlines()[-1].strip() in text, f"the code of {name} is not printed"


def test_an_instrument_keeps_its_picture_inside(site_dir):
    found = [e for name in PAGES for e in soup(site_dir / name).find_all(re.compile("^opt-")) if "embed" not in name]
    assert found
    for element in found:
        assert element.find("img", loading="lazy", alt=True) is not None
        assert element["data-config"].startswith("{")


def test_the_weighing_sees_fonts_and_scripts(site_dir):
    """Guards the scale itself: on a page with mathematics and an instrument it finds the parts that weigh."""
    names = {f.name for f in weighed(site_dir / "chapters" / "04-momentum.html")}
    assert {"katex.css", "KaTeX_Main-Regular.woff2", "KaTeX_Math-Italic.woff2", "explorables.js"} <= names
    assert not {"KaTeX_Fraktur-Regular.woff2", "KaTeX_AMS-Regular.woff2"} & names
    assert sitemap.wire_bytes(site_dir / "_static" / "site.css") < (site_dir / "_static" / "site.css").stat().st_size
