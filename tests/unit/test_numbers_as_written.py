"""Here: numbers as people write them. Not here: unit words (test_scenario_files)."""

import math

import pytest

from countermove.foundation import ScenarioError, number_text, parse_quantity, shown, tidy
from countermove.scenario import load, loads, read, replace, to_document
from support.helpers import ROOT

FILE = ROOT / "tests" / "scenarios" / "valid" / "numbers_as_people_write_them.yaml"
PLAIN = """
countermove: 1
name: Plain
tumor: {birth: 0.14, death: 0.13, diagnosed_at: 1e9}
treatment: {policy: none}
follow_up: 3 years
"""


def test_a_size_stands_for_its_cells():
    scenario = load(FILE)
    sphere = math.pi / 6.0 * 5e8
    assert scenario.tumor.diagnosed_at == pytest.approx(2.0**3 * sphere)
    assert scenario.tumor.lethal_at == 1000 * 5e8
    assert scenario.endpoints.detectable == pytest.approx(0.5**3 * sphere)


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("30 cm3", 3e10),
        ("30cc", 3e10),
        ("500 mm3", 5e8),
        ("1 cm", math.pi / 6 * 1e9),
        ("10 mm", math.pi / 6 * 1e9),
        ("1e9 cells", 1e9),
    ],
)
def test_sizes_in_a_change_too(text, cells):
    scenario = replace(loads(PLAIN), {"tumor.diagnosed_at": text})
    assert scenario.tumor.diagnosed_at == pytest.approx(cells)


@pytest.mark.parametrize("text", ["-2 cm", "inf cm3", "nan cm", "1e300 cm", "2 cm cm", "0.001 mm"])
def test_a_size_that_is_none_is_refused(text):
    with pytest.raises(ScenarioError) as caught:
        replace(loads(PLAIN), {"tumor.diagnosed_at": text})
    assert caught.value.where == "tumor.diagnosed_at"


def test_a_doubling_time_gives_the_missing_rate():
    net = math.log(2.0) / 100.0
    assert load(FILE).tumor.birth == pytest.approx(0.13 + net)
    text = PLAIN.replace("death: 0.13", "doubling_time: 100 days")
    scenario = loads(text)
    assert scenario.tumor.death == pytest.approx(0.14 - net)
    assert "doubling_time" not in to_document(scenario)["tumor"]
    assert loads(PLAIN.replace("death: 0.13", "doubling_time: 3 months")).tumor.birth == 0.14


def test_a_doubling_time_can_be_set_and_keeps_death():
    scenario = replace(loads(PLAIN), {"tumor.doubling_time": "50 days"})
    assert read(scenario, "tumor.death") == 0.13
    assert read(scenario, "tumor.birth") == pytest.approx(0.13 + math.log(2.0) / 50.0)
    other = replace(loads(PLAIN), {"tumor.doubling_time": "50 days", "tumor.death": None})
    assert other.tumor.birth == 0.14


def test_patients_alone_are_a_number():
    assert load(FILE).patients.number == 300
    assert loads(f"{PLAIN}patients: 1e3").patients.number == 1000
    assert replace(loads(PLAIN), {"patients": 7}).patients.number == 7


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("0,14 /day", "Write a decimal point: 0.14 /day."),
        ("-0,5", "Write a decimal point: -0.5."),
        ("1,000,000", "Write it without commas: 1000000."),
        ("1,000", "Write 1000 if the comma parts thousands, 1.000 if decimals."),
        ("0,123", "Write a decimal point: 0.123."),
    ],
)
def test_a_comma_is_answered(text, remedy):
    with pytest.raises(ScenarioError) as caught:
        parse_quantity(text, "rate", "here")
    assert caught.value.remedy == remedy


def test_noise_of_arithmetic_is_never_shown():
    for value, text in ((50 * 1e-9, "5e-8"), (0.1 + 0.2, "0.3"), (1 - 0.9, "0.1")):
        assert number_text(value) == text
        assert "0000000" not in shown(value)
    text = "alterations: {r: {mechanism: target, drug: A, rate: {positions: 50, per_base: 1e-9}}}"
    scenario = loads(f"{PLAIN}drugs: {{A: {{kill: 0.1}}}}\n{text}")
    assert to_document(scenario)["alterations"]["r"]["rate"] == 5e-8


@pytest.mark.parametrize(
    "value", [1 / 3, 1 / 7, math.pi, 5e-324, 1.7976931348623151e308, 0.1, math.inf, -0.0]
)
def test_a_number_that_needs_its_digits_keeps_them(value):
    assert tidy(value) == value
    assert float(number_text(value)) == value
