"""Here: the lab as its command starts it. Not here: each answer (``test_lab_api``)."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

pytest.importorskip("uvicorn")

DRAWN = 20  # requests for each address and method


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Address of a server that the command started; it ends as with Ctrl-C."""
    place = tmp_path_factory.mktemp("lab")  # its own, as other servers may run beside it
    command = [sys.executable, "-m", "countermove", "lab", "--no-open", "--port", "0", "--json"]
    with subprocess.Popen(
        [*command, "--workers", "1"],
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(place)},
    ) as running:
        try:
            address = json.loads(running.stdout.readline())["address"].rstrip("/")
            wait_for(address)
            assert list(place.glob("countermove-lab-*")), "results have a folder while it runs"
            yield address
        finally:
            running.send_signal(signal.SIGINT)
            assert running.wait(30) == 0
    assert list(place.glob("countermove-lab-*")) == [], "results end with the server"


def wait_for(address):
    end = time.monotonic() + 120.0
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{address}/api/meta", timeout=5) as answer:
                if json.load(answer)["warm"]:
                    return
        except urllib.error.URLError:
            pass
        time.sleep(0.1)
    raise AssertionError("the server does not answer")


@pytest.mark.slow
def test_the_page_comes(server):
    with urllib.request.urlopen(f"{server}/", timeout=5) as answer:
        assert b"countermove" in answer.read()


@pytest.mark.slow
def test_drawn_requests_get_answers_as_described(server):
    """Well formed and not: no answer is a fault of the program, or one that is not described."""
    schemathesis = pytest.importorskip("schemathesis")
    from hypothesis import HealthCheck, given, settings
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    schema = schemathesis.openapi.from_url(f"{server}/api/openapi.json")
    headers = {"X-Countermove": "lab", "Origin": server}
    answers = {}

    def hold(operation):
        @settings(max_examples=DRAWN, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def drawn(case):
            answer = case.call(headers=headers)
            answers.setdefault(operation.label, set()).add(answer.status_code)
            # a string that is no scenario is rightly refused
            case.validate_response(answer, excluded_checks=[positive_data_acceptance])

        drawn()

    for found in schema.get_all_operations():
        hold(found.ok())
    assert len(answers) == 16
    assert not {status for each in answers.values() for status in each} & {500, 502, 504}
    assert 200 in answers["GET /api/chapters"]
    assert 422 in answers["POST /api/check"]
