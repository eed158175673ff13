"""What the built site consists of: its pages, and everything a page loads, with its weight."""

from __future__ import annotations

import functools
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import yaml
from browsing import ROOT
from bs4 import BeautifulSoup

# Pages that Sphinx or the site's extensions write beside those of the table of contents.
WRITTEN = ("genindex", "search", "index")
EXPLORABLE = "application/vnd.optimlib+json"
HIDDEN = {"remove-cell", "remove-output"}
# Attributes through which an element makes the browser load a file.
LOADS = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "link": "href",
}
LOADING_LINKS = {"stylesheet", "icon", "preload", "modulepreload", "manifest", "apple-touch-icon"}
URL = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)|@import\s+["']([^"']+)["']""")
ALREADY_SMALL = {".png", ".jpg", ".woff2", ".gif", ".webp"}


def contents() -> list[str]:
    """The pages of `_toc.yml`, in the order of reading."""
    return list(_files(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))))


def _files(entry) -> Iterator[str]:
    if isinstance(entry, list):
        for item in entry:
            yield from _files(item)
    elif isinstance(entry, dict):
        yield from (entry[key] for key in ("root", "file") if key in entry)
        for key in ("parts", "chapters", "sections"):
            yield from _files(entry.get(key, []))


def instruments() -> list[str]:
    """The pages under `embed/`: one for each kind of instrument on the site, and for each that names its own."""
    found = set()
    for notebook in (ROOT / f"{name}.ipynb" for name in contents()):
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"] if notebook.exists() else []
        shown = [c for c in cells if not HIDDEN & set(c["metadata"].get("tags", []))]
        for data in (o.get("data", {}) for c in shown for o in c.get("outputs", [])):
            if EXPLORABLE in data:
                kind = data[EXPLORABLE]["element"].removeprefix("opt-")
                found |= {kind, data[EXPLORABLE]["config"].get("page", kind)}
    return sorted(found)


PAGES = [f"{name}.html" for name in (*contents(), *WRITTEN, *(f"embed/{kind}" for kind in instruments()))]


@functools.cache
def soup(page: Path) -> BeautifulSoup:
    """A page, parsed."""
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


@functools.cache
def anchors(page: Path) -> set[str]:
    """What links into a page may name."""
    return {e.get(a) for e in soup(page).find_all(True) for a in ("id", "name") if e.get(a)}


def local(page: Path, address: str) -> Path | None:
    """The file that an address on a page (or in a stylesheet) means; None if it is not a file of the site."""
    parts = urlsplit(urldefrag(address).url)
    if parts.scheme or parts.netloc:
        return None
    return (page.parent / unquote(parts.path)).resolve() if parts.path else page.resolve()


def loaded(page: Path) -> list[str]:
    """The addresses of everything that the HTML of a page makes a browser load, as they stand there."""
    found = []
    for tag, attribute in LOADS.items():
        for element in soup(page).find_all(tag):
            wanted = tag != "link" or set(element.get("rel", [])) & LOADING_LINKS
            if wanted and element.get(attribute):
                found.append(element[attribute])
    return found


def in_styles(sheet: Path) -> list[str]:
    """The addresses in a stylesheet."""
    return [a or b for a, b in URL.findall(sheet.read_text(encoding="utf-8"))]


def weighed(page: Path) -> dict[Path, int]:
    """Every file that a page loads, pictures that come later included, with its bytes on the wire (gzip)."""
    files = {page.resolve()}
    for address in loaded(page):
        if not address.startswith("data:"):
            files.add(local(page, address))
    for sheet in [f for f in files if f.suffix == ".css"]:
        files |= {local(sheet, a) for a in needed_by_sheet(sheet, page)}
    return {f: wire_bytes(f) for f in sorted(files)}


def needed_by_sheet(sheet: Path, page: Path) -> list[str]:
    """What a stylesheet loads on this page. Of KaTeX's fonts: those whose classes occur there."""
    addresses = [a for a in in_styles(sheet) if not a.startswith("data:")]
    if sheet.name != "katex.css":
        return addresses
    return [a for a in addresses if _font_is_used(a, sheet.read_text(encoding="utf-8"), page)]


def _font_is_used(address: str, css: str, page: Path) -> bool:
    classes = _texts(page).keys()
    face = next(f for f in re.findall(r"@font-face\{([^}]*)\}", css) if address in f)
    family = re.search(r'font-family:"?([\w-]+)', face)[1]
    shown = _texts(page) if (ranges := re.findall(r"U\+(\w+)(?:-(\w+))?", face)) else {}
    bold, italic = "font-weight:700" in face, "font-style:italic" in face
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", css.replace(face, "")):
        if not re.search(rf"(?:font-family:|\s){family}\b", body) or "src:" in body:
            continue
        needs = [set(re.findall(r"\.([\w-]+)", s)) for s in selectors.split(",")]
        style = (bool(re.search(r"font-weight:(?:700|bold)", body)), "italic" in body)
        if style != (bold, italic) or not any(n <= classes for n in needs):
            continue
        letters = {c for n in needs for name in n for c in shown.get(name, "")}
        if not ranges or any(int(a, 16) <= ord(c) <= int(b or a, 16) for c in letters for a, b in ranges):
            return True
    return False


@functools.cache
def _texts(page: Path) -> dict[str, str]:
    """Class -> the text that stands directly in elements of this class."""
    texts: dict[str, str] = {}
    for element in soup(page).find_all(class_=True):
        own = "".join(element.find_all(string=True, recursive=False))
        for name in element["class"]:
            texts[name] = texts.get(name, "") + own
    return texts


@functools.cache
def wire_bytes(file: Path) -> int:
    """Bytes as sent: compressed, unless the format is compressed already."""
    data = file.read_bytes()
    return len(data) if file.suffix in ALREADY_SMALL else len(gzip.compress(data, 6))
