"""Here: ``countermove exact``. Not here: the probabilities themselves (reference tests)."""

import json

import pytest

import countermove as cm
from support.terminal import call


def test_exact_prints_what_the_python_interface_gives(small):
    found = json.loads(call("exact", small, "--json").stdout)
    expected = cm.exact(cm.load(small))
    assert found["cured"] == expected.cured
    assert found["no_resistant_at_start"] == expected.no_resistant_at_start
    assert found["mean_at_end"] == pytest.approx(expected.mean_at_end)
    assert found["mean_time_to_diagnosis"] == pytest.approx(expected.mean_time_to_diagnosis)
    assert found["scenario"] == "A small tumor"


def test_exact_as_tables(small):
    text = call("exact", small).output
    assert "No cell is alive" in text
    assert "no resistant cell at diagnosis" in text
    assert "Mean time from the first cell to diagnosis" in text
    assert max(map(len, text.splitlines())) <= 80


def test_exact_of_a_start_given_outright_has_a_spread_and_no_age(small):
    start = ("--set", "tumor.diagnosed_at=null", "--set", "tumor.start.cells=1000")
    text = call("exact", small, *start, "--rows", "1").output
    assert "first cell" not in text
    assert "... and 1 more." in text
    found = json.loads(call("exact", small, *start, "--json").stdout)
    assert found["mean_time_to_diagnosis"] is None
    assert all(sd >= 0.0 for sd in found["sd_at_end"].values())


def test_what_exact_cannot_do_is_said(small):
    done = call("exact", small, "--set", "treatment.policy=adaptive", code=2)
    assert "Engines that can: branching, mean_field." in done.stderr
