"""Here: what several kinds of test share. Not here: fixtures and settings (see ``conftest``)."""

import os
from pathlib import Path

import pytest

FALSE_ALARM = 1e-6
"""Chance, at most, that a correct engine fails one statistical test."""

ROOT = Path(__file__).resolve().parents[2]
"""The project's root folder."""


def shared_data(name: str) -> Path:
    """Path of a real data file that is never committed; skips the test where it is absent.

    Looked for under ``COUNTERMOVE_DATA``, or else under ``../shared/data`` from the root.
    """
    folder = Path(os.environ.get("COUNTERMOVE_DATA") or ROOT.parent / "shared" / "data")
    path = folder / name
    if not path.exists():
        pytest.skip(f"real data {name} is absent: put it in ../shared/data or set COUNTERMOVE_DATA")
    return path
