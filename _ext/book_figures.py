"""Figures: every one with a caption can be numbered and linked, and no picture makes the page jump.

Pictures load when the reader comes near them. Their width and height are written into the page, so that the
text does not move when they arrive and a link to a heading below them lands where it should.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.images import get_image_size


class NumberFigures(SphinxTransform):
    """Give an id to figures that have a caption and none: without one Sphinx cannot number them."""

    default_priority = 410  # after the instruments have made their figures

    def apply(self, **kwargs) -> None:
        figures = [f for f in self.document.findall(nodes.figure) if next(f.findall(nodes.caption), None)]
        for number, figure in enumerate(figures, start=1):
            if not figure["ids"]:
                figure["names"].append(f"figure-{number}")
                self.document.note_implicit_target(figure, figure)


class SizePictures(SphinxPostTransform):
    """Width, height and lazy loading for the pictures of a page."""

    default_priority = 300  # after the MIME types and image formats are chosen
    formats = ("html",)

    def run(self, **kwargs) -> None:
        for image in self.document.findall(nodes.image):
            image["loading"] = "lazy"
            size = get_image_size(self.app.srcdir / image["uri"].lstrip("/"))
            if size and not {"width", "height", "scale"} & set(image.attributes):
                image["width"], image["height"] = map(str, size)


def setup(app):
    app.add_transform(NumberFigures)
    app.add_post_transform(SizePictures)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
