"""Here: what the lab's server answers, takes and refuses. Not here: its page (``web/``)."""

import subprocess
import sys
import time

import pytest

pytest.importorskip("fastapi")
from starlette.testclient import TestClient

import countermove as cm
from countermove.lab.app import create_app
from support.terminal import SMALL, call

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


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (("patients: {number: 6}", "patients: {table: {file: /etc/passwd}}"), "patients.table"),
        (
            ("policy: continuous, drugs: [A]", "policy: python, python: os:abort"),
            "treatment.policy",
        ),
        (("follow_up: 60 days", "lesions: 60\nfollow_up: 60 days"), "lesions.number"),
    ],
)
def test_what_the_lab_does_not_run_is_refused(lab, change, where):
    for path in ("/api/check", "/api/preview", "/api/jobs"):
        error = error_of(lab.post(path, json={"yaml": SMALL.replace(*change)}), 422)
        assert error["where"] == where


@pytest.mark.parametrize(
    "settings",
    [
        {"treatment.policy": "python"},
        {"treatment.python": "os:abort"},
        {"patients.table.file": "/etc/passwd"},
    ],
)
def test_a_setting_brings_in_no_file_and_no_function(lab, settings):
    error = error_of(lab.post("/api/preview", json={"yaml": SMALL, "settings": settings}), 422)
    assert error["where"] == next(iter(settings))


def test_too_much_for_one_job_is_refused(lab):
    long = SMALL.replace("60 days", "80 years")
    error = error_of(lab.post("/api/jobs", json={"yaml": long, "patients": 100_000}), 422)
    assert "patients x lesions x years" in error["text"]
    body = {"yaml": SMALL, "kind": "compare", "policies": ["continuous", "continous"]}
    assert error_of(lab.post("/api/jobs", json=body), 422)["where"] == "policies"


def finished(lab, name, seconds=60.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        told = lab.get(f"/api/jobs/{name}").json()
        if told["state"] not in ("queued", "running"):
            return told
        time.sleep(0.05)
    raise AssertionError(told)


def test_a_run_gives_its_numbers_and_code_that_gives_them_again(lab, tmp_path):
    body = {"yaml": SMALL, "settings": {"drugs.A.kill": 0.7}, "patients": 130, "seed": 9}
    name = lab.post("/api/jobs", json=body).json()["id"]
    assert finished(lab, name)["state"] == "done"
    result = lab.get(f"/api/jobs/{name}/result").json()
    assert result["summary"]["patients"]["value"] == 130
    assert result["km"]["pfs"]["at_risk"]["patients"][0] == 130
    got = lab.get(f"/api/jobs/{name}/files/outcomes.csv").text
    code = lab.get(f"/api/jobs/{name}/files/reproduce.py").text
    (tmp_path / "reproduce.py").write_text(code)
    subprocess.run([sys.executable, "reproduce.py"], cwd=tmp_path, check=True, timeout=60)
    assert (tmp_path / "outcomes.csv").read_text() == got
    again = lab.post("/api/jobs", json=body).json()
    assert again["state"] == "done", "kept from before"
    assert lab.get(f"/api/jobs/{again['id']}/files/outcomes.parquet").content[:4] == b"PAR1"


def test_policies_are_compared(lab, tmp_path):
    body = {"yaml": SMALL, "kind": "compare", "policies": ["continuous", "none"], "patients": 10}
    name = lab.post("/api/jobs", json=body).json()["id"]
    assert finished(lab, name)["state"] == "done"
    result = lab.get(f"/api/jobs/{name}/result").json()
    assert [arm["label"] for arm in result["arms"]] == ["continuous", "none"]
    code = lab.get(f"/api/jobs/{name}/files/reproduce.py").text
    (tmp_path / "reproduce.py").write_text(code)
    subprocess.run([sys.executable, "reproduce.py"], cwd=tmp_path, check=True, timeout=60)
    got = lab.get(f"/api/jobs/{name}/files/outcomes.csv").text
    assert (tmp_path / "outcomes.csv").read_text() == got


def test_a_policy_with_numbers_of_its_own_is_compared(lab, tmp_path):
    form = lab.post("/api/check", json={"yaml": SMALL}).json()["form"]
    assert form["needs"]["pulsed"] == {"on": "4 weeks", "off": "4 weeks"}
    assert not {"python", "rules"} & set(form["policies"])
    body = {"yaml": SMALL, "kind": "compare", "policies": ["pulsed", "continuous"], "patients": 10}
    outcomes = []
    for fields in ({}, {"pulsed": {"on": "1 week", "off": "3 weeks"}}):
        name = lab.post("/api/jobs", json={**body, "fields": fields}).json()["id"]
        assert finished(lab, name)["state"] == "done"
        result = lab.get(f"/api/jobs/{name}/result").json()
        assert [arm["label"] for arm in result["arms"]] == ["continuous", "pulsed"]
        assert "because pulsed pauses drugs" in result["criterion"]
        outcomes.append(lab.get(f"/api/jobs/{name}/files/outcomes.csv").text)
    assert outcomes[0] != outcomes[1]
    code = lab.get(f"/api/jobs/{name}/files/reproduce.py").text
    (tmp_path / "reproduce.py").write_text(code)
    subprocess.run([sys.executable, "reproduce.py"], cwd=tmp_path, check=True, timeout=60)
    assert (tmp_path / "outcomes.csv").read_text() == outcomes[1]


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"pulsed": {"python": "os:abort"}}, "fields.pulsed"),
        ({"pulsed": {"drugs": "A"}}, "fields.pulsed"),
        ({"adaptive": {"every": "1 week"}}, "fields.adaptive"),
        ({"pulsed": {"on": "no time"}}, "treatment.on"),
    ],
)
def test_an_arm_takes_the_numbers_it_needs_and_nothing_else(lab, fields, where):
    body = {"yaml": SMALL, "kind": "compare", "policies": ["continuous", "pulsed"]}
    assert error_of(lab.post("/api/jobs", json={**body, "fields": fields}), 422)["where"] == where


def test_what_progression_means_is_told_with_its_time(lab):
    told = lab.post("/api/preview", json={"yaml": SMALL}).json()
    assert told["criterion"] == "Progression against the lowest burden so far (recist)."


def test_a_story_is_told_of_a_seed(lab):
    told = lab.post("/api/story", json={"seed": 3}).json()
    assert told["burden"]["p50"][0] == 1
    error_of(lab.post("/api/story", json={"seed": -1}), 422)


def test_a_queued_and_a_running_job_can_be_cancelled(lab):
    large = {"yaml": SMALL.replace("1e5", "1e9"), "patients": 100_000}
    names = [lab.post("/api/jobs", json={**large, "seed": s}).json()["id"] for s in (1, 2)]
    error_of(lab.get(f"/api/jobs/{names[1]}/result"), 409)
    for name in reversed(names):
        assert lab.delete(f"/api/jobs/{name}").json()["state"] == "cancelled"
    name = lab.post("/api/jobs", json={"yaml": SMALL, "seed": 77}).json()["id"]
    assert finished(lab, name)["state"] == "done"


def test_a_worker_that_dies_fails_its_job_and_no_other(lab):
    large = {"yaml": SMALL.replace("1e5", "1e9"), "patients": 100_000, "seed": 3}
    name = lab.post("/api/jobs", json=large).json()["id"]
    while lab.get(f"/api/jobs/{name}").json()["state"] == "queued":
        time.sleep(0.05)
    lab.app.state.lab.jobs._workers[0].process.kill()
    assert finished(lab, name)["state"] == "failed"
    name = lab.post("/api/jobs", json={"yaml": SMALL, "seed": 78}).json()["id"]
    assert finished(lab, name)["state"] == "done"


def test_files_are_those_of_a_job_and_no_others(lab):
    name = lab.post("/api/jobs", json={"yaml": SMALL, "seed": 77}).json()["id"]
    finished(lab, name)
    for file in ("result.json", "..%2F..%2Fetc%2Fpasswd", "no.csv"):
        error_of(lab.get(f"/api/jobs/{name}/files/{file}"), 404)
    error_of(lab.get("/api/jobs/no-such-job"), 404)


def test_the_catalog_is_listed_and_recomputed(lab):
    names = [one["name"] for one in lab.get("/api/catalog").json()]
    told = lab.get("/api/catalog/resistant_to_k_drugs").json()
    assert cm.loads(told["yaml"])
    assert {"says", "paper", "place", "status", "tolerance"} <= set(told["numbers"][0])
    assert told["name"] in names
    job = lab.post("/api/catalog/resistant_to_k_drugs/reproduce").json()
    assert finished(lab, job["id"])["state"] == "done"
    found = lab.get(f"/api/jobs/{job['id']}/result").json()
    assert found["passed"]
    assert "Did you mean" in error_of(lab.get("/api/catalog/resistant_to_k_drug"), 404)["remedy"]


def moves(*drugs):
    return [{"day": 56.0 * turn, "drugs": list(own)} for turn, own in enumerate(drugs)]


def test_the_game_shows_visits_until_the_truth_is_asked_for(lab):
    body = {"seed": 3, "moves": moves("A", "AB")}
    told = lab.post("/api/game", json=body).json()
    assert (told["day"], told["over"], told["options"]) == (112.0, False, ["A", "B"])
    assert {one["kind"] for one in told["visits"]} == {"imaging", "ctdna"}
    assert max(one["day"] for one in told["visits"]) == 112.0
    assert "truth" not in told
    whole = lab.post("/api/game", json={**body, "reveal": True}).json()
    assert whole["visits"] == told["visits"]
    assert whole["truth"]["time"][-1] == 112.0
    labels = {one["label"] for one in whole["compared"]}
    assert labels == {"imaging-only clinic", "ctDNA clinic", "best by look-ahead"}


def test_what_was_seen_stays_seen_whatever_comes_after(lab):
    short = lab.post("/api/game", json={"seed": 8, "moves": moves("A", "B")}).json()
    longer = moves("A", "B", "", "AB", "B")
    long = lab.post("/api/game", json={"seed": 8, "moves": longer}).json()
    assert long["visits"][: len(short["visits"])] == short["visits"]


def test_the_game_can_be_won_and_lost(lab):
    lost = lab.post("/api/game", json={"seed": 0, "moves": moves(*[""] * 3)}).json()
    won = lab.post("/api/game", json={"seed": 0, "moves": moves(*["AB"] * 16)}).json()
    assert (lost["over"], won["over"]) == ("died", "ended")
    wrong = [{"day": 3.0, "drugs": ["A"]}]
    error = error_of(lab.post("/api/game", json={"seed": 1, "moves": wrong}), 422)
    assert error["where"] == "moves.0.day"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"X-Countermove": "no"}, 403),
    ],
)
def test_a_call_from_elsewhere_is_refused(lab, headers, status):
    error_of(lab.post("/api/check", json={"yaml": SMALL}, headers=headers), status)


def test_bodies_are_bounded_and_well_formed(lab):
    error_of(lab.post("/api/check", json={"yaml": "a" * 400_000}), 413)
    parts = (b"x" * 50_000 for _ in range(10))  # no length is said
    error_of(lab.post("/api/check", content=parts), 413)
    error_of(
        lab.post("/api/check", content=b"{", headers={"Content-Type": "application/json"}), 400
    )
    error_of(lab.post("/api/check", json={"yaml": 3}), 422)
    error_of(lab.post("/api/preview", json={"yaml": SMALL, "patients": 10_000}), 422)
    error_of(lab.post("/api/preview", json={"yaml": SMALL, "code": "1"}), 422)
    error_of(lab.post("/api/check", json={"yaml": "a: &a [1]\n" + "b: [*a, *a]\n" * 9}), 422)
    error_of(lab.delete("/api/meta"), 405)


def test_every_answer_carries_the_policy_of_the_page(lab):
    for path in ("/", "/chapters", "/api/meta", "/api/nothing"):
        answer = lab.get(path)
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert "countermove" in lab.get("/").text
    error_of(lab.get("/assets/..%2f..%2fapp.py"), 404)


def test_with_a_token_nothing_is_told_without_it():
    token = "a-token-of-some-length"
    with TestClient(create_app(workers=1, quick=1, token=token), base_url="http://there") as client:
        error_of(client.get("/api/meta"), 401)
        said = {"Authorization": f"Bearer {token}"}
        assert client.get("/api/meta", headers=said).json()["token_needed"]
        assert client.get("/").status_code == 200


def test_the_command_refuses_what_cannot_be_served():
    for args, said in (
        (["--host", "0.0.0.0"], "--host: got 0.0.0.0"),
        (["--host", "0.0.0.0", "--token", "short"], "--token: got 5 characters"),
    ):
        done = call("lab", "--no-open", *args, code=2)
        assert said in done.output


def test_without_its_packages_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    done = call("lab", "--no-open", code=2)
    assert "pip install 'countermove[lab]'" in done.output


@pytest.mark.slow
def test_two_hundred_jobs_wait_in_turn(lab):
    one = {"yaml": SMALL, "patients": 2}
    told = [
        lab.post("/api/jobs", json={**one, "seed": 1000 + s}, headers={"X-Countermove-Client": who})
        for s, who in enumerate(["many"] * 199 + ["one"])
    ]
    assert {answer.status_code for answer in told} == {202}
    assert told[-1].json()["position"] < 20, "one client's job does not wait for all of another's"
    assert lab.get("/api/meta").status_code == 200
    waiting = lab.get(f"/api/jobs/{told[-2].json()['id']}").json()["state"]
    assert waiting == "queued", "the server answers while jobs wait"
    states = [finished(lab, answer.json()["id"], 240.0)["state"] for answer in told]
    assert states == ["done"] * 200
