"""Here: the public face of the package. Not here: what the names do."""

import subprocess
import sys

import pytest

import countermove

# Change it together with ``countermove.__all__``, and say so in the changelog.
EXPECTED = (
    "Check",
    "Comparison",
    "Exact",
    "Headline",
    "PowerGrid",
    "Runs",
    "Scenario",
    "VirtualTrial",
    "__version__",
    "alteration_of",
    "check",
    "claims",
    "clone_size_distribution",
    "compare",
    "compile_model",
    "exact",
    "example",
    "examples",
    "explain",
    "from_document",
    "headline",
    "json_schema",
    "load",
    "load_runs",
    "loads",
    "mechanisms",
    "plot_attribution",
    "plot_burden",
    "plot_clones",
    "plot_comparison",
    "plot_composition",
    "plot_gains",
    "plot_headline",
    "plot_looks",
    "plot_patient",
    "plot_power",
    "plot_progression",
    "plot_spider",
    "plot_survival",
    "plot_swimmer",
    "plot_trial",
    "plot_waterfall",
    "power",
    "probability_absent",
    "read",
    "replace",
    "simulate",
    "to_document",
    "trial",
    "write_report",
)

HEAVY = ("matplotlib", "numba", "pandas", "xarray")


def loaded_after(statement: str) -> set[str]:
    """Names of the modules a fresh interpreter holds after a statement."""
    script = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_public_names_are_pinned():
    assert sorted(countermove.__all__) == sorted(EXPECTED)


def test_dir_lists_the_public_names():
    assert set(EXPECTED) <= set(dir(countermove))


@pytest.mark.parametrize("name", EXPECTED)
def test_each_public_name_is_there_and_documented(name):
    value = getattr(countermove, name)
    assert name == "__version__" or value.__doc__


def test_a_name_that_does_not_exist_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = countermove.no_such_name


def test_import_leaves_heavy_packages_alone():
    assert loaded_after("import countermove").isdisjoint(HEAVY)


def test_the_check_above_would_notice_a_heavy_package():
    assert "pandas" in loaded_after("import countermove, pandas")
