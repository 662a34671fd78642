"""Here: where a field in the wrong place is told to belong. Not here: how the complaint reads."""

import typing

import pytest

from countermove.scenario import Scenario
from countermove.scenario.belongs import OTHER_WORDS, SHORT, where_it_belongs
from countermove.scenario.trial import Trial


@pytest.mark.parametrize(
    ("field", "at", "said"),
    [
        ("half_life", ["drugs", "B"], "drugs.B.levels.half_life (kind: one_compartment)"),
        ("capacity", ["tumor"], "tumor.growth.capacity"),
        ("dose", ["treatment"], "drugs.NAME.levels.dose"),
        ("seed", ["patients"], "Its place is seed."),
        ("mutation_rate", ["tumor"], "The word for it is alterations.NAME.rate."),
        ("interim", ["trial"], "The word for it is trial.looks."),
        ("ratio", ["trial"], "The word for it is trial.allocation."),
        ("n", ["trial"], "The word for it is trial.patients."),
        ("n", [], "The word for it is patients."),
        ("fitness_cost", ["alterations", "c797s"], "The word for it is alterations.c797s.cost."),
    ],
)
def test_a_field_is_told_its_place(field, at, said):
    assert said in where_it_belongs(field, at, Scenario)


@pytest.mark.parametrize("field", ["ratio", "kind", "number", "years", "description_of_it"])
def test_nothing_is_said_where_nothing_is_known(field):
    assert where_it_belongs(field, ["tumor"], Scenario) == ""


@pytest.mark.parametrize("path", sorted(set(OTHER_WORDS.values())))
def test_the_words_of_a_scenario_are_fields_of_it(path):
    for one in path.replace(" and", ",").replace(", or", ",").split(", "):
        *at, field = one.split(".")
        at_top = field in Scenario.model_fields and not at
        assert at_top or one in where_it_belongs(field, at[:1], Scenario)


@pytest.mark.parametrize("word", sorted(set(SHORT.values())))
def test_what_an_abbreviation_stands_for_is_a_value_of_a_trial(word):
    fields = ("endpoint", "population", "spending")
    assert any(word in typing.get_args(Trial.model_fields[name].annotation) for name in fields)
