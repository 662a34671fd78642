"""Here: settings that hold for every test. Not here: helpers to call (see ``support.helpers``)."""

import gc
import os

from hypothesis import HealthCheck, settings

# First calls compile kernels, so time limits per example say nothing. In CI the examples are the
# same on every run; elsewhere they are drawn anew.
settings.register_profile(
    "local",
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.register_profile("ci", settings.get_profile("local"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_collection_finish() -> None:
    """Leave what imports made out of every later search for garbage: a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
