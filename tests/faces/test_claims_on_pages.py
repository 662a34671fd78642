"""Here: pages state nothing about biology that is not a claim of the ledger.

Not here: the ledger (``unit/test_evidence``), how pages look.
"""

import re

import pytest

import countermove as cm
from countermove.evidence import claim, claims_about, observed
from countermove.report import write_report
from support.biology import Stated
from support.helpers import ROOT
from support.terminal import call

IDS = {one.id for one in cm.claims()}
EXAMPLES = ("persisters", "brain_sanctuary", "ctdna_switch", "efflux_multidrug")
TRIAL = {
    "arms": {"in_turn": "sequential", "both": "combination"},
    "follow_up": "1 year",
    "looks": [1.0],
}
STATED = "Resistant cells carry a mutation that was there before the drug."


def page_of(result, folder) -> str:
    return write_report(result, folder).read_text(encoding="utf-8")


def make(kind: str, folder) -> tuple[str, list]:
    """A page, and the documents of the scenarios behind it."""
    if kind in EXAMPLES:
        runs = cm.simulate(kind, patients=4, progress=False)
        return page_of(runs, folder), [runs.document]
    base = cm.example("two_drugs_together")
    if kind == "compare":
        found = cm.compare(base, policies=["sequential", "combination"], patients=6, progress=False)
        return page_of(found, folder), [runs.document for runs in found.runs.values()]
    protocol = cm.replace(base, {"trial": TRIAL})
    if kind == "trial":
        found = cm.trial(protocol, patients=20, progress=False)
        return page_of(found, folder), [cm.to_document(a) for a in found.protocol.arms.values()]
    grid = cm.power(protocol, {"trial.patients": [10]}, trials=20, progress=False)
    return page_of(grid, folder), [cm.to_document(base)]


@pytest.mark.parametrize("kind", [*EXAMPLES, "compare", "trial", "power"])
def test_a_page_states_biology_in_claims_only(kind, tmp_path):
    text, documents = make(kind, tmp_path)
    stated = Stated(text)
    assert stated.loose == []
    assert set(stated.claims) <= IDS
    assert {one.id for one in claims_about(*documents)} <= set(stated.claims)
    assert len(stated.claims) == len(set(stated.claims))
    for name in stated.claims:
        assert all(f'href="{source.url}"' in text for source in claim(name).sources)


@pytest.mark.usefixtures("arms_undrawn")
def test_an_overview_of_a_sweep_states_no_biology(small):
    call("run", small, "--sweep", "tumor.birth=0.4,0.5", "--out", "swept")
    with open("swept/index.html", encoding="utf-8") as page:
        assert Stated(page.read()).loose == []


@pytest.mark.parametrize("tag", ["p", "li", "figcaption", "td"])
def test_the_check_above_would_notice_a_sentence_without_a_claim(tag):
    text = "<html><body><h1>Resistance</h1></body></html>"
    assert Stated(text).loose == []
    wrong = text.replace("</body>", f"<{tag}>{STATED}</{tag}></body>")
    assert Stated(wrong).loose == [STATED]
    tied = text.replace("</body>", f'<{tag} data-claim="recist">{STATED}</{tag}></body>')
    assert Stated(tied).loose == []


PAGES = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
ROLE = re.compile(r"\{claim\}`([^`]*)`")


def test_links_of_the_documentation_lead_to_claims():
    used = {name for text in PAGES.values() for name in ROLE.findall(text)}
    assert used
    assert used <= IDS


def test_the_ledger_page_has_every_topic_once():
    topics = re.findall(r"```\{claims\} (.*)", PAGES["ledger.md"])
    assert sorted(topics) == sorted({one.topic for one in cm.claims()})


BIOLOGY = re.compile(
    r"dorman|persister|efflux|evasion|\bcompet|intrinsic|\bshed|sanctuar|plastic", re.IGNORECASE
)
# These say what is computed and tested, and take biology for granted.
OF_ARITHMETIC = {"command_line.md", "correctness.md", "engines.md", "faq.md"}


def prose(text: str) -> str:
    """A page without its code, directives and footnotes."""
    text = re.sub(r"^(`{3,}|:{3,}).*?^\1\s*$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^\[\^.*$", "", text, flags=re.MULTILINE)


def untied(pages: dict[str, str]) -> set[str]:
    """Pages that speak of biology and lead to no claim."""
    return {
        name
        for name, text in pages.items()
        if BIOLOGY.search(re.sub(r"`[^`]*`", "", prose(text))) and not ROLE.search(prose(text))
    }


def test_a_page_that_speaks_of_biology_leads_to_claims():
    assert untied(PAGES) == OF_ARITHMETIC


def test_the_check_above_would_notice_a_page_without_a_claim():
    assert untied({"x": "Cells compete."}) == {"x"}
    assert untied({"x": "Cells compete {claim}`recist`."}) == set()
    assert untied({"x": "```\ncompete\n```\n"}) == set()


def test_the_page_of_mechanisms_has_every_row_below_one_heading(monkeypatch):
    pytest.importorskip("sphinx")
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "_ext"))
    import ledger

    headings = re.findall(r"```\{mechanisms\} (.*)", PAGES["mechanisms.md"])
    assert sorted(headings) == sorted(ledger.GROUPS)
    groups = {one.id: ledger.group_of(one) for one in observed()}
    assert set(groups.values()) == set(headings)
    assert groups["abl1-t315i"] == groups["nt5c2-ball"] == groups["crebbp-relapse-all"] == "blood"
    assert groups["egfr-t790m-1g-tki"] == "lung"


def rows_and_definitions(text: str) -> list[str]:
    """Rows of tables that name a mechanism, and definitions, of the page on what is known."""
    body = text.partition("## Established")[2].partition("## Choices")[0]
    rows = [line for line in body.splitlines() if line.startswith("| ") and "---" not in line][1:]
    return rows + re.findall(r"^[A-Z][^\n]*\n: (?:.*\n)+?(?=\n)", body, flags=re.MULTILINE)


def test_what_the_page_on_evidence_states_has_its_claim():
    parts = rows_and_definitions(PAGES["evidence.md"])
    assert len(parts) >= 10
    assert [part for part in parts if not ROLE.search(part)] == []


def test_the_check_above_would_notice_a_row_without_a_claim():
    text = "## Established\n\n| a | b |\n| --- | --- |\n| efflux | seen |\n## Choices\n"
    (part,) = rows_and_definitions(text)
    assert not ROLE.search(part)
