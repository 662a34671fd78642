"""Here: whatever is given to the loader, a Scenario or one of our own errors comes back."""

import copy
import json

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from countermove.foundation import CountermoveError, tidy
from countermove.scenario import Scenario, from_document, load, loads, replace, to_document
from countermove.scenario.yaml_text import read_yaml
from support.helpers import ROOT

CASES = sorted((ROOT / "tests" / "scenarios" / "valid").glob("*.yaml"))
EVERYTHING = (ROOT / "tests" / "scenarios" / "valid" / "everything.yaml").read_text("utf-8")
DOCUMENT = read_yaml(EVERYTHING, "file")
LONG_FORM = to_document(loads(EVERYTHING))


def paths(value, before=()):
    """Every place in a nested document."""
    items = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inside in items:
        yield (*before, key)
        yield from paths(inside, (*before, key))


PATHS = sorted(paths(DOCUMENT), key=str)
LONG_PATHS = sorted(paths(LONG_FORM), key=str)
ODD = st.sampled_from(
    [
        *("", "~", "no", "1e-9", "-1", "1e400", "3 weeks", "nan", "inf", "A + B"),
        *("\x00", "\ud800", "²", "9" * 5000, 10**400, -(10**400)),
        *(float("nan"), float("inf"), -0.0, 5e-324, 1e308),
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | ODD
NESTED = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8) | st.booleans() | st.integers(), inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["kind", "level", "law", "cells", "A", "rate", "on"]), inner
        )
    ),
    max_leaves=12,
)


def outcome(call, *arguments, **named):
    """What comes back: a Scenario, or the text of one of our errors."""
    try:
        result = call(*arguments, **named)
    except CountermoveError as error:
        return str(error)
    assert loads(yaml.dump(to_document(result))) == result
    return result


def check(call, *arguments, **named):
    """Fail unless a Scenario or a well-shaped error comes back."""
    found = outcome(call, *arguments, **named)
    if isinstance(found, str):
        assert "got " in found
        assert ", expected " in found
        assert len(found) < 3000
        assert found.isprintable()
    else:
        assert isinstance(found, Scenario)


@given(st.text())
@example("&a [*a]")
@example("{" * 100_000)
@example("[" * 100_000)
@example("- " * 50_000)
@example("? " * 1000)
@example("\ud800")
@example("\x00")
@example("%YAML 9.9\n---\na: 1")
@example("!!python/object/apply:os.system ['true']")
@example("a: 2001-12-14t21:59:43.10-05:00")
@example("countermove: " + "9" * 5000)
def test_any_text(text):
    check(loads, text)
    check(loads, text, format="json")


@given(st.binary())
@example(b"\xff\xfe\x00")
@example(b"\x89PNG\r\n\x1a\n")
@example(b"\xef\xbb\xbfcountermove: 1")
def test_any_bytes(content):
    check(loads, content)
    check(loads, content, format="json")


@settings(max_examples=50)
@given(content=st.binary(max_size=200), ending=st.sampled_from([".yaml", ".json", ""]))
def test_any_file(tmp_path_factory, content, ending):
    path = tmp_path_factory.mktemp("any") / f"file{ending}"
    path.write_bytes(content)
    check(load, path)


@given(st.dictionaries(st.text(max_size=8), NESTED, max_size=5))
@example({"countermove": {"a": []}})
@example({"\n\x1b[31m": 1})
@example({"x" * 10_000: 1})
def test_any_document(document):
    check(from_document, document)


@pytest.mark.filterwarnings("ignore::countermove.foundation.ScenarioWarning")
@given(place=st.sampled_from(PATHS), value=NESTED)
@example(("drugs", "docetaxel", "kill"), 11)
def test_any_value_anywhere(place, value):
    document = copy.deepcopy(DOCUMENT)
    here = document
    for key in place[:-1]:
        here = here[key]
    here[place[-1]] = value
    check(from_document, document)


@given(place=st.sampled_from(LONG_PATHS), value=NESTED)
@example(place=("name",), value={1: {}})
def test_any_replacement(place, value):
    check(replace, loads(EVERYTHING), {".".join(map(str, place)): value})


@given(path=st.text(max_size=30), value=SCALARS)
def test_any_path(path, value):
    check(replace, loads(EVERYTHING), {path: value})


@given(st.lists(st.tuples(st.sampled_from(PATHS), st.booleans()), min_size=1, max_size=4))
def test_leaving_things_out(places):
    document = copy.deepcopy(DOCUMENT)
    for place, double in places:
        here = document
        for key in place[:-1]:
            here = here[key] if _has(here, key) else None
        if _has(here, place[-1]):
            if double:
                here[place[-1]] = [here[place[-1]]] * 2
            else:
                del here[place[-1]]
    check(from_document, document)


def _has(here, key):
    if isinstance(here, dict):
        return key in here
    return isinstance(here, list) and isinstance(key, int) and key < len(here)


@pytest.mark.filterwarnings("ignore::countermove.foundation.ScenarioWarning")
@given(
    birth=st.floats(1e-9, 1e3),
    cells=st.floats(1, 1e11),
    days=st.floats(1e-6, 3e5),
    rate=st.floats(0, 1),
)
@example(birth=0.1, cells=1e9 / 3, days=1 / 3, rate=5e-324)
def test_numbers_come_back_to_the_last_bit(birth, cells, days, rate):
    document = json.loads(json.dumps(read_yaml(CASES[-1].read_text("utf-8"), "file")))
    document["tumor"] = {"birth": birth, "death": 0.0, "diagnosed_at": cells}
    document["follow_up"] = days
    document["alterations"] = {}
    document["drugs"] = {"A": {"kill": birth, "stop": rate}}
    document["treatment"] = {"policy": "continuous", "drugs": "A"}
    scenario = from_document(document)
    again = loads(yaml.dump(to_document(scenario)))
    assert again == scenario
    assert (again.tumor.birth, again.tumor.diagnosed_at) == (tidy(birth), tidy(cells))
    assert (again.follow_up, again.drugs["A"].stop) == (tidy(days), tidy(rate))
