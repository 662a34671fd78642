"""Here: the lab's chapters: their claims, controls and simulations. Not here: the server."""

import warnings

import pytest

import countermove as cm
from countermove.foundation import ScenarioError
from countermove.lab import book, work

CHAPTERS = {chapter["id"]: chapter for chapter in book.chapters()}


def preview(chapter, settings):
    given = {name: chapter[name] for name in ("yaml", "engine")}
    few = min(chapter["patients"], 20)
    return work.preview({**given, "settings": settings, "patients": few}, lambda *_: None)


def test_the_twelve_chapters_are_there_in_order():
    assert [chapter["number"] for chapter in book.chapters()] == list(range(1, 13))


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_paragraph_about_biology_names_its_claim(name):
    chapter = CHAPTERS[name]
    assert chapter["claims"]
    assert book.MARK.search(chapter["answer"])
    unmarked = [text for text in chapter["paragraphs"] if not book.MARK.search(text)]
    about_the_page = ("Every sentence", "The same tumor", "Up front")
    assert all(text.startswith(about_the_page) for text in unmarked)


@pytest.mark.parametrize("name", CHAPTERS)
def test_each_control_changes_what_is_drawn(name):
    chapter = CHAPTERS[name]
    if name in ("the-game", "questions"):
        assert chapter["controls"] == []
        return
    assert 2 <= len(chapter["controls"]) <= 4
    arms = chapter["arms"] or [{"settings": {}}]
    for control in chapter["controls"]:
        drawn = set()
        for end in (control["min"], control["max"]):
            told = [preview(chapter, {**a["settings"], control["path"]: end}) for a in arms]
            drawn.add(str([(one["burden"], one["clones"]) for one in told]))
        assert len(drawn) == 2, control["id"]


def test_a_chapter_with_a_claim_that_is_not_in_the_ledger_is_refused():
    text = "number: 1\ntitle: T\nquestion: q\nanswer: 'a {claim:nonsense}'\nparagraphs: []\n"
    text += "engine: mean_field\npatients: 1\nscenario: |\n"
    whole = cm.to_document(cm.example("bypass"))
    import yaml

    body = yaml.safe_dump(whole).replace("\n", "\n  ")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ScenarioError, match="nonsense"):
            book.read_chapter("99-x.yaml", f"{text}  {body}")


def test_the_game_of_the_chapter_is_that_of_the_server():
    from countermove.lab.game import patient

    assert cm.replace(cm.loads(CHAPTERS["the-game"]["yaml"]), {"seed": 4}) == patient(4)


def test_the_glossary_has_words_for_its_terms():
    assert len(book.glossary()) > 25
    assert all(row["meaning"] for row in book.glossary())
