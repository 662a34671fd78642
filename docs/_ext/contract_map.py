"""The map of the packages in ``CONTRIBUTING.md``, from the import contracts of ``pyproject.toml``.

Here: making the map, and writing it (``python docs/_ext/contract_map.py``). Not here: the contracts
(``tool.importlinter``), what a package says of itself (its docstring).
"""

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "CONTRIBUTING.md"
BEGIN, END = "<!-- map: begin -->\n", "<!-- map: end -->\n"


def contracts() -> list[dict[str, Any]]:
    """Return the contracts as written."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["tool"]["importlinter"]["contracts"]


def floors(contract: dict[str, Any]) -> list[list[str]]:
    """Packages on each floor, the highest floor first; those that do not exist left out."""
    (container,) = contract["containers"]
    folder = ROOT / "src" / container.replace(".", "/")
    named = [re.findall(r"\w+", floor) for floor in contract["layers"]]
    there = [
        [name for name in floor if (folder / name).is_dir() or (folder / f"{name}.py").exists()]
        for floor in named
    ]
    return [floor for floor in there if floor]


def about(container: str, name: str) -> str:
    """First sentence of what a package or module says of itself."""
    path = ROOT / "src" / container.replace(".", "/") / name
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    first = " ".join(text.split("\n\n")[0].split())
    return first.replace("``", "`").replace("|", "\\|")


def contract_map() -> str:
    """Return the map as Markdown."""
    lines: list[str] = []
    for contract in contracts():
        if contract["type"] != "layers":
            continue
        (container,) = contract["containers"]
        known = floors(contract)
        rows = [
            (str(len(known) - place), name, about(container, name))
            for place, floor in enumerate(known, start=1)
            for name in floor
        ]
        lines += [f"{contract['name']} (`{container}`):", "", "| floor | package | what it is |"]
        lines += ["| --- | --- | --- |"]
        lines += [f"| {number} | `{name}` | {said} |" for number, name, said in rows]
        lines.append("")
    others = [own["name"] for own in contracts() if own["type"] != "layers"]
    return "\n".join([*lines, "Also held: " + "; ".join(others) + ".", ""])


def written() -> str:
    """Return the map as ``CONTRIBUTING.md`` has it."""
    text = PAGE.read_text(encoding="utf-8")
    return text[text.index(BEGIN) + len(BEGIN) : text.index(END)]


if __name__ == "__main__":
    whole = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(whole.replace(written(), contract_map()), encoding="utf-8")
