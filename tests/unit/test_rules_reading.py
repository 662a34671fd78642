"""Here: what the grammar of conditions accepts, and where it says that it stopped.

Not here: whether names exist and units fit (``test_rules_meaning``).
"""

import pytest

from countermove.foundation import ScenarioError
from countermove.treatment.rules import observables_needed, read_condition, text_of
from countermove.treatment.rules.reading import DEEPEST, LONGEST
from countermove.treatment.rules.tree import (
    Arithmetic,
    Comparison,
    Logic,
    Missing,
    Name,
    Negative,
    Not,
    Number,
    Word,
)

PSA = Name("psa")


def read(text, names=()):
    return read_condition(text, "treatment.rules.0.when", names)


def refused(text):
    with pytest.raises(ScenarioError) as caught:
        read(text)
    assert caught.value.where == "treatment.rules.0.when"
    return str(caught.value)


def test_the_conditions_of_the_format():
    half = Arithmetic((Number(0.5), Name("psa", moment="baseline")), ("*",))
    assert read("psa < 0.5 * baseline.psa") == Comparison(PSA, "<", half)
    assert read("ctdna.vaf(t790m) > 0.001 and drug.on(gefitinib)") == Logic(
        "and",
        (
            Comparison(Name("ctdna.vaf", "t790m"), ">", Number(0.001)),
            Name("drug.on", "gefitinib"),
        ),
    )
    assert read("recist == 'PD'") == Comparison(Name("recist"), "==", Word("PD"))


def test_or_binds_less_than_and_less_than_not_less_than_comparison():
    one, two, three = (Comparison(PSA, ">", Number(n)) for n in (1.0, 2.0, 3.0))
    assert read("psa > 1 or psa > 2 and not psa > 3") == Logic(
        "or", (one, Logic("and", (two, Not(three))))
    )
    assert read("(psa > 1 or psa > 2) and psa > 3") == Logic(
        "and", (Logic("or", (one, two)), three)
    )


def test_arithmetic_goes_from_left_to_right_and_products_first():
    assert read("1 - 2 - 3 * -psa") == Arithmetic(
        (Number(1.0), Number(2.0), Arithmetic((Number(3.0), Negative(PSA)), ("*",))), ("-", "-")
    )
    assert read("(1 - 2) / 4") == Arithmetic(
        (Arithmetic((Number(1.0), Number(2.0)), ("-",)), Number(4.0)), ("/",)
    )


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("12 weeks", Number(12.0, "weeks")),
        ("4ng/mL", Number(4.0, "ng/mL")),
        ("4 ng/mL / psa", Arithmetic((Number(4.0, "ng/mL"), PSA), ("/",))),
        ("2 weeks/psa", Arithmetic((Number(2.0, "weeks"), PSA), ("/",))),
        ("5 %", Number(5.0, "%")),
        ("4 µg/mL", Number(4.0, "µg/mL")),
        ("4 \u03bcg/mL", Number(4.0, "\u03bcg/mL")),
        ("1e-3", Number(1e-3)),
        (".5", Number(0.5)),
        ("missing( psa )", Missing(PSA)),
        ("nadir.ctdna.vaf( met-amp )", Name("ctdna.vaf", "met-amp", "nadir")),
        ("drug.on (5fu)", Name("drug.on", "5fu")),
        ("\n psa\t", PSA),
        ('"it\'s"', Word("it's")),
        ("baseline", Name("baseline")),
    ],
)
def test_parts(text, tree):
    assert read(text) == tree
    assert read(text_of(tree)) == tree


def test_a_marker_whose_name_is_no_plain_word():
    names = ("ca-125", "5-hiaa")
    marker = Name("ca-125")
    assert read("ca-125 > 35", names) == Comparison(marker, ">", Number(35.0))
    assert read("nadir.5-hiaa > 5", names) == Comparison(
        Name("5-hiaa", moment="nadir"), ">", Number(5.0)
    )
    without = Arithmetic((Name("ca"), Number(125.0)), ("-",))
    assert read("ca-125 > 35") == Comparison(without, ">", Number(35.0))


def test_places_are_remembered_and_do_not_make_trees_differ():
    tree = read("psa > 4 and  volume > 2")
    assert [part.left.at for part in tree.parts] == [0, 13]
    assert tree == read("psa>4 and volume>2")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "got an empty condition"),
        ("   ", "got an empty condition"),
        ("psa >", "got the end of the condition, expected a name, a number or '('"),
        ("psa > 4 psa", "got 'psa' at character 9 after a number"),
        ("4 < psa psa", "got 'psa' at character 9, expected the end"),
        ("(psa > 4", "got the end of the condition, expected ')'"),
        ("psa > 4)", "got ')' at character 8"),
        ("psa > and", "the keyword 'and' at character 7"),
        ("1 < psa < 3", "got '<' at character 9, expected one comparison at a time"),
        ("psa = 4", "Write '==' to compare."),
        ("psa > 4 && psa < 5", "got '&&' at character 9"),
        ("psa > 4 || psa < 5", "Write 'or'."),
        ("!drug.on(A)", "Write 'not'."),
        ("psa ≥ 4", "Write '>='."),
        ("recist == 'PD", "Close the quotes."),
        ("time > 12 weks", "got 'weks' at character 11 after a number"),
        ("time > 12 weks", "Did you mean 'weeks'?"),
        ("psa > 4 AND psa < 5", "Did you mean 'and'?"),
        ("ctdna.vaf('x') > 1", "In parentheses stands one name, without quotes."),
        ("psa > 4 ng/dm", "got 'ng/dm' at character 9"),
        ("psa > 1e999", "got '1e999' at character 7, expected a finite number"),
        ("missing(3)", "got '3' at character 9, expected the name of something observed"),
        ("missing psa", "got 'psa' at character 9, expected '('"),
        ("psa(", "got '(' at character 4"),
        ("psa.", "got '.' at character 4"),
        ("__import__('os')", "got '(' at character 11"),
        ("psa ** 2", "got '*' at character 6"),
        ("x" * (LONGEST + 1), f"expected at most {LONGEST}"),
        ("(" * (DEEPEST + 1), f"more than {DEEPEST} nested parts"),
        ("not " * (DEEPEST + 1) + "x", f"more than {DEEPEST} nested parts"),
        ("-" * (DEEPEST + 1) + "x", f"more than {DEEPEST} nested parts"),
    ],
)
def test_what_is_no_condition_is_refused_with_its_place(text, said):
    assert said in refused(text)


def test_the_deepest_and_the_longest_are_read():
    assert read("(" * DEEPEST + "psa" + ")" * DEEPEST) == PSA
    chain = read("a+" * (LONGEST // 2 - 1) + "b")
    assert len(chain.parts) == LONGEST // 2


def test_what_is_needed_is_what_is_measured():
    tree = read(
        "psa / nadir.psa > 2 and missing(baseline.volume) or recist == 'PD' and line == 1 "
        "and drug.on(A) and time > 3 and visits > 2 and ctdna.vaf(x) > 0"
    )
    assert observables_needed(tree) == {"psa", "volume", "recist", "ctdna.vaf(x)"}
    assert observables_needed() == set()
