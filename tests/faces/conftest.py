"""Here: what tests of the terminal share. Not here: calling it (see ``support.terminal``)."""

from pathlib import Path

import pytest

from support.terminal import SMALL


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A scenario file in a working folder of its own."""
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SMALL, encoding="utf-8")
    return "small.yaml"
