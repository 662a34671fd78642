"""Here: the ledger of claims and the table of mechanisms, read, checked and searched.

Not here: what pages show of them (``faces/test_claims_on_pages``), the command (``faces``).
"""

import re

import pytest

import countermove as cm
from countermove.evidence import (
    MECHANISMS,
    STATUSES,
    claim,
    claims_about,
    drug_of,
    observed,
    pathway_of,
    pump_of,
    read_claims,
    read_mechanisms,
)
from countermove.evidence.observed import TABLE
from countermove.evidence.starting import AS_ALTERATION, INSTEAD
from countermove.foundation import Citation, ScenarioError

ENTRY = """\
- id: one
  topic: mechanisms
  status: established
  plain: A cell can pump the drug out.
  science: Over-expression of a transporter.
  sources: [doi:10.1038/nature14410]
"""
TOPICS = {
    "what resistance is",
    "intrinsic and acquired",
    "why single drugs fail",
    "why combinations",
    "branching evolution",
    "mechanisms",
    "dormancy",
    "microenvironment",
    "monitoring",
    "sequencing",
    "adaptive therapy",
    "durability against response",
    "open questions",
}
# Rows whose sources give a journal's volume and page, or a record, and no DOI, PMID or PMC number.
# May fall, never rise.
WITHOUT_IDENTIFIER = 19
ROWS = {one.id: one for one in observed()}
EXPRESSIBLE = [one for one in observed() if one.mechanism in AS_ALTERATION and one.drugs]
REFUSED = [one for one in observed() if one not in EXPRESSIBLE]


def refusal(text: str, *, read=read_claims) -> ScenarioError:
    with pytest.raises(ScenarioError) as caught:
        read(text)
    return caught.value


def test_a_ledger_is_read():
    (one,) = read_claims(ENTRY)
    assert (one.id, one.badge, str(one.sources[0])) == (
        "one",
        "Established",
        "doi:10.1038/nature14410",
    )


@pytest.mark.parametrize("field", ["id", "topic", "status", "plain", "science", "sources"])
def test_a_missing_field_is_named(field):
    lines = [line for line in ENTRY.splitlines() if f" {field}:" not in f" {line}"]
    text = "\n".join(lines)
    text = text if text.startswith("-") else "- " + text.lstrip()
    assert refusal(text).where == f"claims.0.{field}"


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("established", "settled", "status"),
        ("[doi:10.1038/nature14410]", "[]", "sources"),
        ("[doi:10.1038/nature14410]", "doi:10.1038/nature14410", "sources"),
        ("doi:10.1038/nature14410", "doi:10.1/x", "sources"),
        ("doi:10.1038/nature14410", "pmid:0123", "sources"),
        ("doi:10.1038/nature14410", "nature14410", "sources"),
        ("nature14410]", "nature14410, 'DOI:10.1038/Nature14410']", "sources"),
        ("  topic", "  kind: x\n  topic", "kind"),
    ],
)
def test_a_bad_field_is_named(old, new, field):
    assert refusal(ENTRY.replace(old, new)).where == f"claims.0.{field}"


def test_an_id_stands_once():
    assert refusal(ENTRY + ENTRY).where == "claims.1.id"


def test_the_ledger_covers_the_subject():
    assert {one.topic for one in cm.claims()} == TOPICS
    assert {one.status for one in cm.claims()} == set(STATUSES)
    for one in cm.claims():
        assert re.fullmatch(r"[a-z][a-z0-9-]+", one.id)
        assert one.plain[-1] == one.science[-1] == "."


def test_each_mechanism_of_the_format_has_a_claim():
    for mechanism in set(AS_ALTERATION.values()):
        found = claims_about({"alterations": {"a": {"mechanism": mechanism}}})
        assert any(one.topic == "mechanisms" for one in found), mechanism


def test_claims_follow_from_a_scenario():
    found = {one.id for one in claims_about(cm.to_document(cm.example("brain_sanctuary")))}
    assert "sanctuaries-first" in found
    assert "dormant-cells" not in found
    assert "dormant-cells" in {
        one.id for one in claims_about(cm.to_document(cm.example("persisters")))
    }


@pytest.mark.parametrize("search", [cm.claims, cm.mechanisms])
def test_a_search_that_finds_nothing_says_what_is_near(search):
    with pytest.raises(ScenarioError, match="Did you mean 'osimertinib'"):
        search("osimertinab")
    with pytest.raises(ScenarioError, match="nothing has them all"):
        search("gefitinib ponatinib")


def test_a_claim_is_found_by_its_id_only():
    with pytest.raises(ScenarioError, match="Did you mean 'recist'"):
        claim("resist")


def test_the_table_is_searched_by_drug_gene_mechanism_and_disease():
    for words in ("Osimertinib c797s", "TP53 death-evasion", "dormancy", "myeloma"):
        assert len(cm.mechanisms(words)) > 0
    assert cm.mechanisms()["frequency_low"].dropna().between(0, 100).all()


def test_a_frequency_is_shown_only_where_it_was_verified():
    for one in ROWS.values():
        assert bool(one.frequency) <= (one.frequency_verified == "yes")
    assert ROWS["egfr-t790m-1g-tki"].frequency == "62 to 63%"


def test_every_mechanism_of_the_table_is_an_alteration_or_something_else():
    assert set(AS_ALTERATION) | set(INSTEAD) == set(MECHANISMS)
    assert not set(AS_ALTERATION) & set(INSTEAD)


def test_sources_are_identifiers_or_counted():
    without = [
        one.id
        for one in ROWS.values()
        if not any(isinstance(source, Citation) for source in one.sources)
        and not re.search(r"PMC\d+", one.source)
    ]
    assert len(without) == WITHOUT_IDENTIFIER


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("PMID:23470965", "PMID:x", "egfr-t790m-1g-tki"),
        ("PMID:23470965", "doi:nature", "egfr-t790m-1g-tki"),
        ("PMID:23470965", "PMID:23470965; pmid:23470965", "mechanisms.1.source"),
        ("PMID:23470965", "", "mechanisms.1.source"),
        (",yes,", ",no,", "mechanisms.1.frequency_low"),
        (",established,", ",settled,", "mechanisms.1.status"),
        ("target-mutation", "mutation", "mechanisms.1.mechanism"),
        ("disease", "illness", "mechanisms"),
    ],
)
def test_a_bad_row_is_named(old, new, field):
    text = "".join(TABLE.read_text(encoding="utf-8").splitlines(keepends=True)[:2])
    assert refusal(text.replace(old, new), read=read_mechanisms).where == field


def test_a_row_stands_once():
    lines = TABLE.read_text(encoding="utf-8").splitlines(keepends=True)[:2]
    assert refusal("".join([*lines, lines[1]]), read=read_mechanisms).where == "mechanisms.2.id"


def with_alteration(row) -> str:
    """A scenario that has a row's drug, and the row as an alteration."""
    drug, _ = drug_of(row)
    own = {"bypass": f", pathway: {pathway_of(row)}", "efflux": f", substrate_of: {pump_of(row)}"}
    more = own.get(AS_ALTERATION[row.mechanism], "")
    below = "\n".join("  " + line for line in cm.alteration_of(row.id).splitlines())
    return f"""\
countermove: 1
name: A row
tumor: {{birth: 0.14 /day, death: 0.13 /day, diagnosed_at: 1e9 cells}}
drugs: {{{drug}: {{kill: 0.04 /day{more}}}}}
alterations:
{below}
treatment: {{policy: continuous, drugs: [{drug}]}}
follow_up: 1 year
"""


@pytest.mark.parametrize("row", EXPRESSIBLE, ids=lambda row: row.id)
def test_a_row_is_an_alteration_that_a_scenario_takes(row):
    scenario = cm.loads(with_alteration(row))
    (own,) = scenario.alterations.values()
    assert own.mechanism == AS_ALTERATION[row.mechanism]
    text = cm.alteration_of(row.id)
    numbers = [line for line in text.splitlines() if re.search(r": (inf|[\d.e-]+)\s", line + " ")]
    assert numbers
    assert all("# assumed" in line for line in numbers)
    others = row.drugs.split(";")[1:]
    assert AS_ALTERATION[row.mechanism] != "target" or all(drug in text for drug in others)


def test_the_check_above_would_notice_a_drug_that_is_not_there():
    text = with_alteration(ROWS["egfr-c797s-osimertinib-1l"])
    with pytest.raises(ScenarioError, match="gefitinib"):
        cm.loads(text.replace("drug: osimertinib", "drug: gefitinib"))


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row.id)
def test_what_is_no_alteration_is_refused(row):
    with pytest.raises(ScenarioError, match=r"expected an alteration of a cell|a row with a drug"):
        cm.alteration_of(row.id)


def test_a_refusal_says_what_to_write():
    with pytest.raises(ScenarioError, match="Write a state"):
        cm.alteration_of("persister-pc9-erlotinib")
    with pytest.raises(ScenarioError, match="Write a niche"):
        cm.alteration_of("hgf-stroma-brafi")
