"""Here: every snippet of README and docs runs, and prints what the page says. Not here: prose.

A block is left out by a comment before it, ``<!-- not run: why -->``; ``<!-- file: NAME -->``
writes it to a file first. Pages whose cells execute when they are built run here cell by cell.
"""

import contextlib
import io
import re
import shlex
from dataclasses import dataclass

import pytest

import countermove as cm
from support.helpers import ROOT
from support.terminal import call

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SLOW = {"beside_trials", "compare", "correctness"}  # cells that `make docs` executes too
BLOCK = re.compile(
    r"(?:^(?:<!--|%) *(?P<mark>file|not run): *(?P<what>.*?) *(?:-->)?\n)?"
    r"^```(?P<kind>\{code-cell\} python|[\w-]+)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
RUN = ("python", "{code-cell} python", "console", "yaml", "text")
SHOWN_ONLY = ("bibtex",)


@dataclass
class Block:
    kind: str
    body: str
    mark: str
    what: str


def blocks(text: str) -> list[Block]:
    found = BLOCK.finditer(text)
    return [Block(m["kind"], m["body"], m["mark"] or "", m["what"] or "") for m in found]


def same(text: str) -> str:
    """A text without what differs between two runs: seconds, and spaces at the end of a line."""
    lines = [line.rstrip() for line in re.sub(r"\d[\d.]* s\b", "N s", text).strip().splitlines()]
    return "\n".join(lines)


def run_python(code: str, names: dict) -> str:
    # options of a cell stand above it
    body = re.sub(r"\A(:\w[\w-]*:.*\n)+", "", code)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(body, "snippet", "exec"), names)
    return said.getvalue()


def run_console(body: str) -> None:
    """Run each line after ``$``, and compare what follows it where anything does."""
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        words = shlex.split(command, comments=True)
        assert words[0] == "countermove", f"mark it as not run: {command}"
        got = call(*words[1:]).stdout
        if expected.strip():
            assert same(got) == same(expected), command


def run_page(text: str) -> int:
    """Run the blocks of a page in order; returns how many ran."""
    names, said, ran = {"__name__": "snippet"}, "", 0
    for block in blocks(text):
        if block.mark == "not run":
            assert len(block.what) > 5, "say why it is not run"
            continue
        if block.kind in SHOWN_ONLY:
            continue
        assert block.kind in RUN, f"a block of {block.kind} is neither run nor marked"
        if block.mark == "file":
            with open(block.what, "w", encoding="utf-8") as file:
                file.write(block.body)
        if block.kind in ("python", "{code-cell} python"):
            said = run_python(block.body, names)
        elif block.kind == "console":
            run_console(block.body)
        elif block.kind == "yaml" and "countermove:" in block.body:
            assert cm.loads(block.body).name
        elif block.kind == "text":
            assert same(said) == same(block.body)
        ran += 1
    return ran


def marked(page):
    marks = [pytest.mark.slow] if page.stem in SLOW else []
    return pytest.param(page, id=page.stem, marks=marks)


@pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive")
@pytest.mark.parametrize("page", [marked(page) for page in PAGES])
def test_the_snippets_of_a_page_run(page, tmp_path, monkeypatch):
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    mpl.use("agg")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    with mpl.rc_context():
        ran = run_page(page.read_text(encoding="utf-8"))
    assert ran >= 4 or page.stem != "README"  # its scenario, its command and its Python
    plt.close("all")


@pytest.mark.parametrize(
    "text",
    [
        "```python\n1 / 0\n```\n",
        "```console\n$ countermove explain bypas\n```\n",
        "```console\n$ make run\n```\n",
        "```python\nprint(2)\n```\n\n```text\n3\n```\n",
        "```r\nx <- 1\n```\n",
        "<!-- not run: -->\n```python\n1\n```\n",
        "```yaml\ncountermove: 1\nname: x\n```\n",
    ],
)
def test_the_check_above_would_notice(text):
    with pytest.raises((AssertionError, ZeroDivisionError, ValueError)):
        run_page(text)


def test_the_two_pictures_of_the_front_page_differ_in_colors_only():
    folder = ROOT / "docs" / "_static"
    color = re.compile(r"#[0-9a-f]{6}")
    light, dark = (
        color.sub("#", (folder / f"front-{name}.svg").read_text(encoding="utf-8"))
        for name in ("light", "dark")
    )
    assert light == dark


@pytest.mark.parametrize("page", [page for page in PAGES if "{code-cell}" in page.read_text()])
def test_a_page_with_cells_says_that_it_is_a_notebook(page):
    assert page.read_text(encoding="utf-8").startswith("---\nfile_format: mystnb\n")
