"""`embed/race.html` and its siblings: one instrument alone, for slides and course pages.

There is one such page for every kind of instrument on the site. It shows the state that the URL's hash
carries, which is what an instrument's "share" puts there; without a hash it shows the first of its kind in
the book. An instrument whose data no link can carry names a page of its own in its configuration (`page`).
"""

from __future__ import annotations

from optimlib.explorables.sphinx import instruments

# An embedded instrument asks nothing of its own: questions belong to the page it was made for.
PAGE_ONLY = ("bet", "goal")


def pages(app):
    """Name, context and template of each page, for Sphinx to write."""
    if app.builder.format != "html":
        return
    seen = set()
    for element, config in instruments(app.env):
        name = element.removeprefix("opt-")
        config = {k: v for k, v in config.items() if k not in PAGE_ONLY} | {"view": "embed"}
        for page in sorted({name, config.get("page", name)} - seen):
            seen.add(page)
            yield (
                f"embed/{page}",
                {"title": name.capitalize(), "instrument": element, "config": config},
                "embed.html",
            )


def setup(app):
    app.connect("html-collect-pages", pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
