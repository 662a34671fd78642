"""No code without a caller: each public function and class is reached from somewhere.

Here: names that nothing in the source, the public face or the documentation mentions, and packages
that nothing imports. Not here: whether what is reached is right.
"""

import ast
import re
import tomllib
from collections import Counter
from pathlib import Path

import countermove
from support.helpers import ROOT

SOURCE = ROOT / "src" / "countermove"

# What only tests call, to hold the engines to it: formulas, and reading without asking whether the
# parts fit together.
STANDARDS = {
    "engines/exact/backward": {"never_arisen"},
    "engines/exact/closed_forms": {"clone_size_pmf", "extinction_probability", "ultimate_survival"},
    "engines/exact/luria_delbruck": {"mutant_count_pmf"},
    "measurement/recist_course": {"recist_course"},
    "scenario/files": {"parse_document"},
    "trials/bounds": {"crossing_probabilities"},
}

# How code uses a package that it does not import by the package's own name.
USED_AS = {"pyyaml": "import yaml", "pyarrow": "to_parquet", "zarr": "to_zarr"}


def mentions(tree: ast.AST) -> Counter[str]:
    """Names that code reads; definitions and imports do not count."""
    found: Counter[str] = Counter()
    listed = {
        item
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == "__all__"
        for item in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found[node.id] += 1
        elif isinstance(node, ast.Attribute):
            found[node.attr] += 1
        elif isinstance(node, ast.Constant) and node not in listed and isinstance(node.value, str):
            if re.fullmatch(r"[A-Za-z_]\w*(\[.*\])?( \| None)?", node.value):
                found[node.value] += 1  # an annotation in quotes, or looked up by name
    return found


def public(tree: ast.Module) -> list[ast.FunctionDef | ast.ClassDef]:
    kinds = (ast.FunctionDef, ast.ClassDef)
    return [node for node in tree.body if isinstance(node, kinds) and node.name[0] != "_"]


def unreached(sources: dict[str, str], texts: str, given: set[str]) -> dict[str, list[str]]:
    """Public names by module that nothing mentions outside their own definition.

    Parameters
    ----------
    sources
        Code of each module; names in an ``__all__`` do not count.
    texts
        Documentation.
    given
        Names that are reached in another way.
    """
    trees = {name: ast.parse(code) for name, code in sources.items()}
    everywhere = sum((mentions(tree) for tree in trees.values()), Counter())
    words = set(re.findall(r"\w+", texts)) | given
    found = {}
    for module, tree in trees.items():
        alone = [
            node.name
            for node in public(tree)
            if node.name not in words and everywhere[node.name] <= mentions(node)[node.name]
        ]
        if alone:
            found[module] = alone
    return found


def modules(folder: Path = SOURCE) -> dict[str, str]:
    return {
        path.relative_to(folder).with_suffix("").as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.py"))
    }


def documentation() -> str:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)


def test_each_public_name_is_reached():
    commands = set(re.findall(r"\w+", (SOURCE / "command_line/main.py").read_text()))
    given = set(countermove.__all__) | commands
    alone = unreached(modules(), documentation(), given)
    assert {module: set(names) for module, names in alone.items()} == STANDARDS


def test_the_check_above_would_notice_a_name_without_a_caller():
    sources = {"one": "def used(): ...\ndef alone():\n    return alone()\n", "two": "used()"}
    assert unreached(sources, "", set()) == {"one": ["alone"]}
    assert unreached(sources, "call `alone`", set()) == {}


def used(package: str, code: str) -> bool:
    return re.search(USED_AS.get(package, rf"(import|from) {package}\b"), code) is not None


def test_what_is_installed_is_used_and_pinned_alike():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.match(r"[\w-]+", one)[0] for one in project["dependencies"]}
    listed = (ROOT / "requirements" / "run.in").read_text(encoding="utf-8").splitlines()
    assert needed == {line for line in listed if line and line[0] != "#"}
    code = "\n".join(modules().values())
    assert [name for name in sorted(needed) if not used(name, code)] == []


def test_the_check_above_would_notice_a_package_that_nothing_imports():
    assert not used("lifelines", "\n".join(modules().values()))
