"""Here: the command `evidence`. Not here: what it lists (``unit/test_evidence``)."""

import json

import countermove as cm
from support.terminal import call


def test_rows_are_listed_by_disease_with_their_source(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    text = call("evidence", "osimertinib", "C797S").output
    for said in ("EGFR-mutant NSCLC", "egfr-c797s-osimertinib-1l", "target-mutation", "6%"):
        assert said in text
    assert "doi:10.1038/s41467-023-35961-y" in text
    assert "established" in text
    assert max(map(len, call("evidence").output.splitlines())) <= 100


def test_a_frequency_that_nobody_verified_is_not_shown():
    found = json.loads(call("evidence", "--json").stdout)["rows"]
    assert len(found) == len(cm.mechanisms())
    assert all(not one["frequency"] for one in found if one["frequency_verified"] == "no")
    assert all(one["sources"] for one in found)


def test_claims_are_listed_and_searched():
    text = call("evidence", "--claims", "pump").output
    assert "Research in progress" in text
    assert "doi:10.1038/nature14410" in text
    found = json.loads(call("evidence", "--claims", "--json").stdout)["claims"]
    assert [one["id"] for one in found] == [one.id for one in cm.claims()]


def test_a_row_becomes_an_alteration():
    text = call("evidence", "--alteration", "abcb1-fusion-hgsoc").output
    assert text.strip() == cm.alteration_of("abcb1-fusion-hgsoc")
    found = json.loads(call("evidence", "--alteration", "nt5c2-ball", "--json").stdout)
    assert found["alteration"] == cm.alteration_of("nt5c2-ball")


def test_what_is_not_there_is_refused_with_what_is_near():
    assert "Did you mean 'osimertinib'" in call("evidence", "osimertinab", code=2).output
    assert "Did you mean" in call("evidence", "--claims", "dormantt", code=2).output
    assert "Did you mean" in call("evidence", "--alteration", "nt5c2-bal", code=2).output
    assert (
        "Write a state"
        in call("evidence", "--alteration", "persister-pc9-erlotinib", code=2).output
    )
    call("evidence", "KRAS", "--alteration", "nt5c2-ball", code=2)
    error = json.loads(call("evidence", "xyzzy", "--json", code=2).stderr)["error"]
    assert error["where"] == "evidence"


def test_an_id_to_copy_stands_whole_in_a_narrow_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    words = call("evidence").output.split()
    rows = json.loads(call("evidence", "--json").stdout)["rows"]
    assert [one["id"] for one in rows if one["id"] not in words] == []
