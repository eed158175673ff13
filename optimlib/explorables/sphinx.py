"""From a stored notebook output to a living instrument on a static page.

An instrument's output holds `application/vnd.optimlib+json` (which element, its configuration, alt text,
caption, the JavaScript of rules written in that chapter) beside a picture. Two parts bring it to the page:

- `MimePlugin`, found by myst-nb through the entry point in `pyproject.toml`, reads the JSON;
- the Sphinx extension (`setup`) joins it with the picture into `<opt-… data-config="…"><img></opt-…>`,
  collects the rules of all chapters, and writes the one script file. Only pages with an instrument load it.

Who has no JavaScript, or prints, keeps the picture, its alt text and its caption.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

MIME = "application/vnd.optimlib+json"
SCRIPT, STYLES = "explorables.js", "explorables.css"
logger = logging.getLogger(__name__)


class Explorable(nodes.General, nodes.Element):
    """An instrument: `element`, `config`, `alt`, `code`; its child is the picture, if there is one."""


class MimePlugin:
    """Reads the instrument's own MIME type for myst-nb."""

    mime_priority_overrides: tuple[tuple[str, str, int], ...] = (("*", MIME, 0),)

    @staticmethod
    def handle_mime(renderer, data, inline: bool) -> list[nodes.Node] | None:
        """The nodes for one output, or None for any other MIME type.

        Without the Sphinx extension nobody could write the node: then nothing is returned, and the picture
        that lies beside it in the bundle is shown.
        """
        if data.mime_type != MIME:
            return None
        env = renderer.renderer.sphinx_env
        if inline or env is None or "optimlib.explorables.sphinx" not in env.app.extensions:
            return []
        content = json.loads(data.content) if isinstance(data.content, str) else data.content
        try:
            node = Explorable("", **_checked(content))
        except (KeyError, ValueError) as error:
            logger.warning("an instrument is incomplete: %s", error, location=(env.docname, data.line))
            return []
        if content.get("caption"):
            caption = nodes.Element()
            with renderer.renderer.current_node_context(caption):
                renderer.renderer.nested_render_text(content["caption"], data.line or 0)
            node += caption.children
        return [node]


def _checked(content: dict[str, Any]) -> dict[str, Any]:
    """The parts of a bundle. Raises `ValueError` or `KeyError` if one is missing or could break the page."""
    element, alt = content.get("element", ""), content.get("alt", "")
    if not re.fullmatch(r"opt-[a-z]+(-[a-z]+)*", element):
        raise ValueError(f"element={element!r}: must be a custom element's name, opt-…")
    if not alt.strip():
        raise ValueError(f"alt={alt!r}: {element} needs a sentence for readers who do not see it")
    return {
        "element": element,
        "config": json.dumps(content["config"], sort_keys=True, ensure_ascii=False),
        "alt": " ".join(alt.split()),
        "code": dict(content.get("code", {})),
        "name": content.get("name", ""),
    }


class JoinPicture(SphinxTransform):
    """Put the picture of a bundle inside its instrument, and both into a figure if there is a caption."""

    default_priority = 400

    def apply(self, **kwargs: Any) -> None:
        """Replace every bundle that holds an instrument."""
        for bundle in list(self.document.findall(_is_bundle)):
            explorable = next(bundle.findall(Explorable), None)
            if explorable is None:
                continue
            caption = explorable.children
            explorable.children = []
            picture = next(bundle.findall(nodes.image), None)
            if picture is not None:
                picture["alt"], picture["loading"] = explorable["alt"], "lazy"
                picture["classes"].append("opt-picture")
                explorable += picture
            bundle.replace_self(self.framed(bundle, explorable, caption))
            _note(self.env, self.env.docname, explorable)

    def framed(self, bundle: nodes.Node, explorable: Explorable, caption: list[nodes.Node]) -> nodes.Node:
        """The instrument in a figure with its caption, unless the cell's metadata already made one."""
        if not caption or isinstance(bundle.parent, nodes.figure):
            return explorable
        figure = nodes.figure("", explorable, classes=["opt-figure"])
        figure.source, figure.line = bundle.source, bundle.line
        first, *rest = caption
        figure += nodes.caption(first.rawsource, "", *first.children)
        if rest:
            figure += nodes.legend("", *rest)
        if explorable["name"]:
            figure["names"].append(nodes.fully_normalize_name(explorable["name"]))
            self.document.note_explicit_target(figure, figure)
        return figure


def _is_bundle(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "mime_bundle"


# --- what the environment remembers: page -> [(element, config, rules)]


def _found(env) -> dict[str, list[tuple[str, str, dict[str, str]]]]:
    return env.__dict__.setdefault("explorables", {})


def _note(env, docname: str, node: Explorable) -> None:
    _found(env).setdefault(docname, []).append((node["element"], node["config"], node["code"]))


def _forget(app, env, docname: str) -> None:
    _found(env).pop(docname, None)


def _merge(app, env, docnames: Iterable[str], other) -> None:
    _found(env).update({d: found for d, found in _found(other).items() if d in docnames})


def instruments(env) -> list[tuple[str, dict[str, Any]]]:
    """Element and configuration of every instrument of the book, the landing page's first."""
    pages = sorted(_found(env), key=lambda d: (d != env.config.root_doc, d))
    return [(element, json.loads(config)) for page in pages for element, config, _ in _found(env)[page]]


def extra_rules(env) -> dict[str, str]:
    """The JavaScript of the rules that chapters define themselves, by key; a key must mean one thing."""
    rules: dict[str, str] = {}
    for page, found in sorted(_found(env).items()):
        for key, code in (item for *_, rules_here in found for item in rules_here.items()):
            if rules.setdefault(key, code) != code:
                logger.warning("the rule %r is defined differently elsewhere: rename one", key, location=page)
    return rules


# --- the files and who loads them


def write_script(app, env) -> list[str]:
    """Write the script and its stylesheet; returns the pages to write again because the script changed.

    A page names the script with a checksum of its content, so that no browser keeps an old copy.
    """
    if app.builder.format != "html":
        return []
    from optimlib.explorables.base import site_script

    folder = Path(app.outdir) / "_static"
    folder.mkdir(parents=True, exist_ok=True)
    new = {
        SCRIPT: without_comments(site_script(extra_rules(env))),
        STYLES: (Path(__file__).parent / STYLES).read_text(encoding="utf-8"),
    }
    changed = [n for n, text in new.items() if not _holds(folder / n, text)]
    for name in changed:
        (folder / name).write_text(new[name], encoding="utf-8")
    return sorted(set(_found(env)) & env.found_docs) if changed else []


def without_comments(script: str) -> str:
    """The script without indentation and without comments that have lines of their own: a seventh less to load."""
    script = re.sub(r"^[ \t]*/\*.*?\*/[ \t]*\n", "", script, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"^[ \t]*//.*\n|^[ \t]+", "", script, flags=re.MULTILINE)


def _holds(file: Path, text: str) -> bool:
    return file.exists() and file.read_text(encoding="utf-8") == text


def load_where_needed(app, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Script and stylesheet for pages that show an instrument, and for no other."""
    if pagename in _found(app.env) or "instrument" in context:
        app.add_css_file(STYLES)
        app.add_js_file(SCRIPT, loading_method="defer")


def visit_html(self, node: Explorable) -> None:
    """Open the custom element; its configuration is data, never code."""
    config = html.escape(node["config"], quote=True)
    self.body.append(f'<{node["element"]} class="opt-mount" data-config="{config}">')


def depart_html(self, node: Explorable) -> None:
    """Close the custom element, after a word to readers without JavaScript."""
    self.body.append(
        '<noscript><p class="opt-noscript">A picture of an instrument, which needs JavaScript to move.</p>'
        f"</noscript></{node['element']}>\n"
    )


def _pass(self, node: Explorable) -> None:
    """Other formats show the picture."""


def setup(app) -> dict[str, Any]:
    """Register the extension."""
    other = dict.fromkeys(("latex", "text", "man", "texinfo"), (_pass, _pass))
    app.add_node(Explorable, html=(visit_html, depart_html), **other)
    app.add_transform(JoinPicture)
    app.connect("env-purge-doc", _forget)
    app.connect("env-merge-info", _merge)
    app.connect("env-updated", write_script)
    app.connect("html-page-context", load_where_needed)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
