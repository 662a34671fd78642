"""Here: rules on source files that ruff and import-linter do not know. Not here: behavior."""

import ast
import re
import sys
from pathlib import Path

import pytest

from support.helpers import ROOT

SOURCE = ROOT / "src" / "countermove"
MOST_LINES = 400
KERNELS_MAY_IMPORT = {"countermove.foundation", "countermove.engines.kernels", "numpy", "numba"}


def imported_modules(code: str) -> set[str]:
    """Absolute names of the modules that a source text imports, at any depth of the code."""
    names = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def foreign_to_kernels(code: str) -> set[str]:
    """Imports of a source text that a kernel may not have."""

    def allowed(name: str) -> bool:
        if name.split(".")[0] in sys.stdlib_module_names:
            return True
        return any(name == root or name.startswith(root + ".") for root in KERNELS_MAY_IMPORT)

    return {name for name in imported_modules(code) if not allowed(name)}


def sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


@pytest.mark.parametrize("path", sources(SOURCE), ids=lambda p: str(p.relative_to(SOURCE)))
def test_a_source_file_is_short(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MOST_LINES, "ask what else lives in this file"


@pytest.mark.parametrize(
    "path",
    [path for path in sources(SOURCE) if path.name != "__init__.py"],
    ids=lambda p: str(p.relative_to(SOURCE)),
)
def test_a_module_says_what_is_here_and_what_is_not(path):
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert "Here:" in docstring
    assert "Not here:" in " ".join(docstring.split())


@pytest.mark.parametrize(
    "path", sources(SOURCE / "engines" / "kernels"), ids=lambda p: str(p.relative_to(SOURCE))
)
def test_kernels_import_only_foundation_numpy_and_numba(path):
    assert not foreign_to_kernels(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "line",
    [
        "import pydantic",
        "from countermove.model import compile_model",
        "from countermove.engines import contract",
        "def f():\n    import countermove.scenario",
    ],
)
def test_the_check_above_would_notice_a_foreign_import(line):
    assert foreign_to_kernels(line)


OWN_TYPES = re.compile(r"^\w+ = NDArray\[np\.\w+\]$", re.MULTILINE)


def test_types_of_arrays_have_one_home():
    homes = {
        path.relative_to(SOURCE).as_posix()
        for path in sources(SOURCE)
        if OWN_TYPES.search(path.read_text(encoding="utf-8"))
    }
    assert homes == {"foundation/arrays.py"}
