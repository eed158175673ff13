"""What every page of the site needs beyond the theme: nothing from elsewhere, no errors, a strict policy.

The cures, one by one:

- sphinx-thebe prepares live kernels from a CDN and declares its names twice: its listeners are removed.
- sphinx-togglebutton's script is not needed: boxes are native `<details>` (`book_folds`).
- Fontawesome (840 kB) is not loaded: `templates/static/webpack-macros.html` leaves it out, and `site.css`
  draws the handful of icons that the theme uses.
- Bootstrap's script (24 kB) is not loaded either: the theme uses it to mark the place in the contents, which
  `site.js` does, for tooltips, which browsers show by themselves, and for menus, which become plain buttons.
- Buttons with `onclick` would need a weaker Content-Security-Policy: they go; the notebook download stays.
- A finished page gets a Content-Security-Policy with the hashes of the theme's inline scripts, KaTeX's
  stylesheet if it shows a formula, and landmarks where the theme forgot them.
"""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from pathlib import Path

from sphinx.jinja2glue import BuiltinTemplateLoader

HERE = Path(__file__).parent

# Scripts and stylesheets of the stack that no page of this site uses.
UNUSED = ("sphinx-thebe", "togglebutton", "design-tabs.js")
# Inline scripts that only serve what is not used here: the version switcher and the toggle buttons.
UNUSED_INLINE = ("DOCUMENTATION_OPTIONS.pagename", "toggleHint", "toggleOpenOnPrint", "togglebuttonSelector")

SCRIPT = re.compile(r"<script([^>]*)>(.*?)</script>", re.DOTALL)
EXECUTED = re.compile(r"""type=["'](?!text/javascript|application/javascript|module)""")


def policy(page: str) -> str:
    """The Content-Security-Policy of a finished page: own files, and the inline scripts it came with."""
    inline = [body for tag, body in SCRIPT.findall(page) if "src=" not in tag and not EXECUTED.search(tag)]
    digests = sorted({base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in inline})
    scripts = " ".join(["'self'", *(f"'sha256-{d}'" for d in digests)])
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'"
    )


def finish(page: str, to_root: str) -> str:
    """The page as it is written to disk. `to_root` is the way from the page to the site's root."""
    if 'class="katex' in page:
        link = f'<link rel="stylesheet" type="text/css" href="{to_root}_static/katex/katex.css" />'
        page = page.replace("</head>", f"    {link}\n  </head>", 1)
    for old, new in CURES:
        page = page.replace(old, new)
    page = SIZED.sub(r'width="\1" height="\2"', page)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy(page)}" />'
    return re.sub(r"(<meta charset=[^>]*>)", lambda m: f"{m.group(1)}\n    {meta}", page, count=1)


# What the theme writes, and the same with the role, the name or the default that readers need.
CURES = (
    (
        '<div class="bd-sidebar-primary',
        '<div role="complementary" aria-label="Site" class="bd-sidebar-primary',
    ),
    ('<nav class="bd-toc-nav page-toc"', '<nav aria-label="On this page" class="bd-toc-nav page-toc"'),
    (
        '<summary><span class="toctree-toggle"',
        '<summary aria-label="Pages inside"><span class="toctree-toggle"',
    ),
    ('<summary aria-label="Toggle hidden content">', "<summary>"),  # its words are its name
    (' role="doc-biblioentry"', ' role="listitem"'),
    ('<th class="head"><p></p></th>', '<td class="head"></td>'),  # a corner that heads nothing
    (' data-theme="auto"', ' data-theme="light"'),  # without JavaScript; early-theme.html decides otherwise
)
# docutils writes a picture's size as a style, which keeps no room for it before it has loaded.
SIZED = re.compile(r'style="width: (\d+)px; height: (\d+)px;"')


class FinishedPages(BuiltinTemplateLoader):
    """Sphinx's template engine, with `finish` after it."""

    def render(self, template: str, context: dict) -> str:
        page = super().render(template, context)
        return finish(page, context["pathto"]("", 1)) if template.endswith(".html") else page


def keep_quiet(app) -> None:
    """Remove the listeners of extensions that Jupyter Book always loads and this site does not use."""
    for listeners in list(app.events.listeners.values()):
        for listener in list(listeners):
            if listener.handler.__module__.partition(".")[0] in ("sphinx_thebe", "sphinx_togglebutton"):
                app.disconnect(listener.id)


def add_folders(app, config) -> None:
    """Own templates come before the theme's; own stylesheet and script go to `_static`.

    Jupyter Book puts every script it finds in the *configured* static folders on every page. A folder added
    here escapes that, and its files still get the version that keeps browsers from using an old copy.
    """
    config.templates_path.insert(0, str(HERE / "templates"))
    config.html_static_path.append(str(HERE / "assets"))


def prune(app, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Drop unused assets and the buttons that a Content-Security-Policy forbids."""
    context["css_files"] = [c for c in context["css_files"] if not _is_unused(c)]
    context["script_files"] = [s for s in context["script_files"] if not _is_unused(s)]
    given = context.get("header_buttons", [])
    flat = [inner for b in given for inner in (b["buttons"] if b["type"] == "group" else [b])]
    buttons = [b for b in flat if b["type"] == "link"]
    notebook = app.env.doc2path(pagename, False) if pagename in app.env.found_docs else ""
    if notebook.endswith(".ipynb"):
        buttons.append(
            {
                "type": "link",
                "url": f"{context['pathto']('_sources', 1)}/{notebook}",
                "tooltip": "Download this chapter as a notebook",
                "icon": "fas fa-download",
                "label": "download-notebook-button",
            }
        )
    context["header_buttons"] = buttons


def front_door(app):
    """`index.html` leads to the first page."""
    if app.builder.format == "html":
        yield "index", {"title": app.config.html_title}, "front-door.html"


def leave_out(app, exception) -> None:
    """Delete the files of the theme that no page loads: they would make up most of the site."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    for folder in ("vendor", "locales"):
        shutil.rmtree(static / folder, ignore_errors=True)
    for name in ("bootstrap.js*", "*.LICENSE.txt", "*.map", "*-macros.html", *(f"{u}*" for u in UNUSED)):
        for file in static.rglob(name):
            file.unlink()


def _is_unused(asset) -> bool:
    name = str(getattr(asset, "filename", asset) or "")
    body = getattr(asset, "attributes", {}).get("body") or ""
    return any(u in name for u in UNUSED) or any(u in body for u in UNUSED_INLINE)


def setup(app):
    keep_quiet(app)
    app.connect("config-inited", add_folders, priority=900)
    app.connect("html-page-context", prune, priority=900)
    app.connect("html-collect-pages", front_door)
    app.connect("build-finished", leave_out)
    app.add_css_file("site.css", priority=900)
    app.add_js_file("site.js", loading_method="defer")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
