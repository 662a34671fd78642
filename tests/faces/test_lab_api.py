"""Here: what the lab's server answers, takes and refuses. Not here: its page (``web/``)."""

import pytest

pytest.importorskip("fastapi")
from starlette.testclient import TestClient

import countermove as cm
from countermove.lab.app import create_app
from support.terminal import SMALL

HEADERS = {"X-Countermove": "lab", "Origin": "http://127.0.0.1"}


@pytest.fixture(scope="module")
def lab():
    with TestClient(create_app(workers=1, quick=1), base_url="http://127.0.0.1") as client:
        client.headers.update(HEADERS)
        yield client


def error_of(answer, status):
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert {"where", "got", "expected", "remedy", "text", "line", "column"} <= set(error)
    return error


def test_meta_says_what_the_page_needs(lab):
    told = lab.get("/api/meta").json()
    assert told["version"] == cm.__version__
    assert told["limits"]["patients"] == 100_000
    assert "Not medical advice" in told["disclaimer"]


def test_a_scenario_that_is_right_is_told_with_its_hash(lab):
    told = lab.post("/api/check", json={"yaml": SMALL}).json()
    assert told["ok"]
    assert (
        told["hash"]
        == cm.simulate(cm.loads(SMALL), patients=6, progress=False).provenance["scenario_hash"]
    )
    assert told["form"]["follow_up_days"] == 60.0


def test_a_wrong_scenario_is_told_as_on_the_command_line(lab):
    error = error_of(lab.post("/api/check", json={"yaml": SMALL.replace("0.8 /day", "-1")}), 422)
    assert (error["line"], error["where"]) == (4, "drugs.A.kill")
    assert error["text"].startswith("scenario.yaml, line 4, column ")


def test_a_preview_is_the_run_itself(lab):
    body = {"yaml": SMALL, "engine": "branching", "patients": 20, "seed": 5}
    told = lab.post("/api/preview", json=body).json()
    runs = cm.simulate(cm.loads(SMALL), patients=20, seed=5, every=1.0, progress=False)
    median = runs.trajectories["burden"].median("patient").to_numpy()
    assert told["burden"]["p50"] == pytest.approx(median, rel=1e-4)
    assert len(told["time"]) == len(told["clones"]["r"]) == len(told["doses"]["A"])
    assert told["summary"]["responded"]["value"] == runs.summary()["responded"]["share"]


def test_a_setting_changes_a_preview(lab):
    body = {"yaml": SMALL, "settings": {"drugs.A.kill": 0.1}}
    weak, strong = (lab.post("/api/preview", json=one).json() for one in (body, {"yaml": SMALL}))
    assert weak["burden"]["p50"][-1] > 10 * strong["burden"]["p50"][3]
