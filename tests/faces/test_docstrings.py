"""Here: each public name has an example in its docstring, and it runs. Not here: the pages."""

import doctest
import inspect

import pytest

import countermove as cm

# Their docstrings belong to `model`; the tutorial and the model's page show them at work.
WITHOUT = {"__version__", "compile_model", "explain"}


def examples_of(value) -> list[doctest.DocTest]:
    """Examples in the docstring of a name, and of a class's own public methods."""
    parts = [(value.__name__, value)]
    if inspect.isclass(value):
        parts += [(n, m) for n, m in vars(value).items() if inspect.isfunction(m) and n[0] != "_"]
    parse = doctest.DocTestParser().get_doctest
    found = [parse(inspect.getdoc(part) or "", {}, name, None, 0) for name, part in parts]
    return [test for test in found if test.examples]


def failures(test: doctest.DocTest) -> str:
    said = []
    doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    return "".join(said)


@pytest.mark.parametrize("name", sorted(set(cm.__all__) - WITHOUT))
def test_a_public_name_has_an_example_that_runs(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    import matplotlib as mpl

    mpl.use("agg")
    found = examples_of(getattr(cm, name))
    assert found, f"{name}: no example in its docstring"
    for test in found:
        assert failures(test) == ""
    from matplotlib import pyplot as plt

    plt.close("all")


def test_the_check_above_would_notice_a_wrong_answer():
    wrong = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, 0)
    assert "Got" in failures(wrong)
