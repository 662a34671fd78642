"""Here: what tests of the terminal share. Not here: calling it (see ``support.terminal``)."""

from pathlib import Path

import pytest

from countermove import report
from support.terminal import SMALL


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A scenario file in a working folder of its own."""
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SMALL, encoding="utf-8")
    return "small.yaml"


@pytest.fixture
def arms_undrawn(monkeypatch):
    """Leave out the report of each run, for a test that reads the page above them alone."""
    monkeypatch.setattr(report, "write_report", lambda _runs, _folder: None)
