"""Here: what no tracked file may hold, and files that must agree. Not here: code rules."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import countermove
from support.helpers import ROOT

# Put together from pieces, so that this file passes its own check.
REGISTRIES = (
    "pypi" + ".org",
    "python" + "hosted",
    "npm" + "js.",
    "anaconda" + ".org",
    "deb." + "debian",
    "file:" + "//",
)
MACHINE_PATH = re.compile(r"(?<![\w.\-/~*})])/" + r"(work|root|home|opt|Users)/\w")


def tracked_texts() -> list[Path]:
    """Tracked files that hold text."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout, so no file is tracked")
    paths = [ROOT / name.decode() for name in listed.stdout.split(b"\0") if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:8000]]


def faults(text: str) -> list[str]:
    """Registry addresses and machine paths in a text."""
    found = [host for host in REGISTRIES if host in text.lower()]
    return found + [match.group() for match in MACHINE_PATH.finditer(text)]


def test_no_registry_address_and_no_machine_path():
    by_file = {path: faults(path.read_text(encoding="utf-8")) for path in tracked_texts()}
    assert len(by_file) > 10
    assert {str(path): found for path, found in by_file.items() if found} == {}


@pytest.mark.parametrize(
    "text",
    ["fetch from " + REGISTRIES[0], "data = '/" + "home/me/x.csv'"],
)
def test_the_check_above_would_notice(text):
    assert faults(text)


@pytest.mark.parametrize(
    "text", ["src/work/home/opt", "https://doi.example/work/root", "../home/x"]
)
def test_the_check_above_lets_ordinary_paths_pass(text):
    assert not faults(text)


def test_version_is_the_same_in_the_citation_file():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {countermove.__version__}\n" in citation


def test_run_requirements_name_what_the_package_depends_on():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[<>=!~ ]", entry)[0] for entry in project["dependencies"]}
    lines = (ROOT / "requirements" / "run.in").read_text(encoding="utf-8").splitlines()
    assert declared == {line.strip() for line in lines if line.strip() and line[0] != "#"}


@pytest.mark.parametrize("name", ["build", "run", "lab", "test", "check", "docs", "bench"])
def test_each_requirement_is_pinned_and_hashed(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9.\-]+==\S+", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]
