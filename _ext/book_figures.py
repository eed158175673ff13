"""Figures: every one with a caption can be numbered and linked, and no picture makes the page jump.

Pictures load when the reader comes near them. Their width and height are written into the page, so that the
text does not move when they arrive and a link to a heading below them lands where it should. The site shows
measured figures as lossless WebP: every pixel as in the notebook's PNG, a fifth fewer bytes.
"""

from __future__ import annotations

import os
from pathlib import Path

from docutils import nodes
from PIL import Image
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.images import get_image_size

STAND_IN_COLORS = 64  # a picture that an instrument soon replaces may be a little coarser


class NumberFigures(SphinxTransform):
    """Give an id to figures that have a caption and none: without one Sphinx cannot number them."""

    default_priority = 410  # after the instruments have made their figures

    def apply(self, **kwargs) -> None:
        figures = [f for f in self.document.findall(nodes.figure) if next(f.findall(nodes.caption), None)]
        for number, figure in enumerate(figures, start=1):
            if not figure["ids"]:
                figure["names"].append(f"figure-{number}")
                self.document.note_implicit_target(figure, figure)


class PreparePictures(SphinxPostTransform):
    """Width, height, lazy loading and WebP for the pictures of a page."""

    default_priority = 300  # after the MIME types and image formats are chosen
    formats = ("html",)

    def run(self, **kwargs) -> None:
        for image in self.document.findall(nodes.image):
            image["loading"] = "lazy"
            file = self.app.srcdir / image["uri"].lstrip("/")
            size = get_image_size(file)
            if size and not {"width", "height", "scale"} & set(image.attributes):
                image["width"], image["height"] = map(str, size)
            if file.suffix == ".png":
                colors = STAND_IN_COLORS if "opt-picture" in image["classes"] else None
                self._use(image, as_webp(file, Path(self.app.outdir).parent / "webp", colors))

    def _use(self, image: nodes.image, file: Path) -> None:
        uri = os.path.relpath(file, self.app.srcdir)
        image["uri"], image["candidates"] = uri, {"*": uri}
        self.env.images.add_file(self.env.docname, uri)


def as_webp(png: Path, folder: Path, colors: int | None = None) -> Path:
    """The same picture as WebP in another folder: pixel by pixel, or with so many `colors`."""
    webp = folder / f"{png.stem}.webp"
    if not webp.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with Image.open(png) as picture:
            if colors:
                picture = picture.convert("RGB").quantize(colors, dither=Image.Dither.NONE).convert("RGB")
            picture.save(webp, "webp", lossless=True, quality=100, method=4)
    return webp


def setup(app):
    app.add_transform(NumberFigures)
    app.add_post_transform(PreparePictures)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
