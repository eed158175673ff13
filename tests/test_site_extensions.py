"""The extensions that build the site, on a small book, on a broken one, and by themselves."""

from __future__ import annotations

import json
import shutil
import sys
from types import SimpleNamespace

import nbformat
import pytest
from browsing import ROOT, build_site, complaints_of
from bs4 import BeautifulSoup

sys.path.insert(0, str(ROOT / "_ext"))

import book_computed
import book_math
import book_pages
import book_styles

from optimlib.explorables import sphinx as explorables

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
MINE = '{name:"mine",state:[],start:[],hyper:["lr"],defaults:[0.5],step(z,g,h,t,grad){z[0]-=h[0]*g[0]}}'
FUNCTION = 'def words(n):\n    return f"## Computed\\n\\n*{n}* words."\n'
PAGE = """# A page

```{admonition} A derivation
:class: dropdown
(inside)=
Inside, $x^2$.
```

$$
a &= b \\\\ c &= d
$$ (eq-one)

See {eq}`eq-one`.

```{computed} small_book:words two
```
"""


def instrument(**changed):
    """A notebook output that holds an instrument."""
    content = {
        "element": "opt-race",
        "config": {"rules": ["<mine>"]},
        "alt": "One path.",
        "caption": "A *race*.",
    }
    content |= {"code": {"mine": MINE}} | changed
    data = {explorables.MIME: content, "image/png": PIXEL, "text/plain": "Race"}
    return nbformat.v4.new_output("display_data", data=data)


def write_book(folder, pages: dict[str, str], notebooks: dict[str, list]):
    """A book with this repository's configuration and extensions."""
    shutil.copy(ROOT / "_config.yml", folder)
    shutil.copytree(ROOT / "_ext", folder / "_ext")
    (folder / "_ext" / "small_book.py").write_text(FUNCTION)
    (folder / "references.bib").touch()
    names = [*pages, *notebooks]
    toc = {"format": "jb-book", "root": names[0], "chapters": [{"file": n} for n in names[1:]]}
    (folder / "_toc.yml").write_text(json.dumps(toc))
    for name, text in pages.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    for name, outputs in notebooks.items():
        cells = [nbformat.v4.new_markdown_cell(f"# {name}")]
        cells.append(nbformat.v4.new_code_cell("Race()", outputs=outputs, execution_count=1))
        nb = nbformat.v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
        nbformat.write(nb, folder / f"{name}.ipynb")


@pytest.fixture(scope="module")
def small_book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    write_book(folder, {"start": PAGE}, {"first": [instrument()], "second": [instrument(name="fig-second")]})
    done = build_site(folder, folder)
    assert done.returncode == 0, complaints_of(done.stdout + done.stderr)
    return folder / "_build" / "html"


def parsed(small_book, name: str) -> BeautifulSoup:
    return BeautifulSoup((small_book / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


def test_an_instrument_becomes_an_element_with_its_picture(small_book):
    element = parsed(small_book, "first").find("opt-race")
    assert json.loads(element["data-config"]) == {"rules": ["<mine>"]}
    assert element.img["alt"] == "One path."
    assert (element.img["loading"], element.img["width"], element.img["height"]) == ("lazy", "1", "1")
    assert element.noscript is not None
    figure = element.find_parent("figure")
    assert figure.figcaption.em.text == "race"
    assert figure["id"] == "figure-1"
    assert parsed(small_book, "second").find("opt-race").find_parent("figure")["id"] == "fig-second"


def test_rules_of_chapters_are_in_the_one_script(small_book):
    script = (small_book / "_static" / "explorables.js").read_text(encoding="utf-8")
    assert script.count(MINE) == 1
    assert "_static/explorables.js" in (small_book / "first.html").read_text(encoding="utf-8")
    assert "explorables" not in (small_book / "start.html").read_text(encoding="utf-8")


def test_an_instrument_has_a_page_of_its_own(small_book):
    page = parsed(small_book, "embed/race")
    assert json.loads(page.find("opt-race")["data-config"]) == {"rules": ["<mine>"], "view": "embed"}
    assert page.find("script", src=True)["src"].startswith("../_static/explorables.js")


def test_a_dropdown_is_native(small_book):
    box = parsed(small_book, "start").find("details")
    assert box.summary.text == "A derivation"
    assert box.find(class_="katex")
    assert not box.has_attr("open")


def test_mathematics_is_finished_numbered_and_linked(small_book):
    page = parsed(small_book, "start")
    equation = page.find(id="equation-eq-one")
    assert equation.find(class_="eqno").text.startswith("(1)")
    assert len(equation.find_all("mtr")) == 2
    assert page.find("a", href="#equation-eq-one", class_="reference").text == "(1)"


def test_a_function_writes_its_part_of_the_page(small_book):
    section = parsed(small_book, "start").find("section", id="computed")
    assert section.h2.text.startswith("Computed")
    assert section.p.em.text == "two"


def test_a_broken_book_is_refused_and_says_why(tmp_path):
    pages = {"start": "# A page\n\n$\\frac{1$\n\n```{computed} small_book:missing\n```\n"}
    outputs = {"first": [instrument()], "second": [instrument(code={"mine": "{}"}), instrument(alt=" ")]}
    write_book(tmp_path, pages, outputs)
    done = build_site(tmp_path, tmp_path)
    text = done.stdout + done.stderr
    assert done.returncode != 0
    assert "cannot render" in text
    assert "the rule 'mine' is defined differently elsewhere" in text
    assert "needs a sentence for readers who do not see it" in text
    assert "has no attribute 'missing'" in text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"element": "opt-race"}, "alt=''"),
        ({"element": "script", "alt": "x"}, "element='script'"),
        ({"element": 'opt-"onload', "alt": "x"}, "custom element's name"),
    ],
)
def test_an_incomplete_instrument_is_named(content, said):
    with pytest.raises(ValueError, match=said):
        explorables._checked(content)


def test_the_script_loses_its_comments_and_nothing_else():
    script = "a\n  /** x\n   * y\n   */\n  // z\n  b // kept\n  * c\n'/* kept */'\n"
    assert explorables.without_comments(script) == "a\nb // kept\n* c\n'/* kept */'\n"


def test_a_wrong_formula_says_what_is_wrong():
    assert "<math" in book_math.render("x^2")
    with pytest.raises(ValueError, match="expected '}'"):
        book_math.render(r"\frac{1")


def test_the_policy_hashes_code_but_not_data():
    plain = book_pages.policy("<p>text</p>")
    data = book_pages.policy('<script type="application/json">{"a": 1}</script><script src="x.js"></script>')
    code = book_pages.policy("<script>a()</script>")
    assert plain == data
    assert "script-src 'self';" in plain
    assert "'sha256-" in code
    assert "unsafe-inline" not in code.partition("style-src")[0]


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        (".a{x:1}.b{x:2}", ".a{x:1}"),
        (".a,.b .a,p{x:1}", ".a,p{x:1}"),
        ("@media print{.b{x:1}}@media print{.a{x:1}}", "@media print{.a{x:1}}"),
        (".a:not(.b){x:1}.b:hover{x:1}", ".a:not(.b){x:1}"),
        (":is(.a,.b) p{x:1}", ":is(.a,.b) p{x:1}"),
        ('@import "q.css";.a::after{content:"}{"}', '@import "q.css";.a::after{content:"}{"}'),
        ("@font-face{src:url(f)}/* .a{} */.b{}", "@font-face{src:url(f)}"),
    ],
)
def test_pruning_keeps_what_may_match(css, kept):
    assert book_styles.pruned(css, {"a"}) == kept


def test_pages_with_a_computed_part_are_read_again():
    app = SimpleNamespace(env=SimpleNamespace(docname="p"))
    book_computed.remember(app, "p", ["```{computed} a:b\n```"])
    assert book_computed.reread(app, app.env, set(), set(), set()) == ["p"]
    book_computed.remember(app, "p", ["plain"])
    assert book_computed.reread(app, app.env, set(), set(), set()) == []
