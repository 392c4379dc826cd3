"""The bank that ships holds to every rule, and a faulty bank is refused with all of its faults at once."""

import statistics
from collections import Counter
from itertools import combinations, product
from pathlib import Path

import pytest

from bot.questions.bank import Bank, Depth, Theme
from bot.questions.rules import Kind, faults
from bot.questions.wording import content_words, likeness, reading_grade, sentences, words
from prompts.bank import FRAMEWORKS, BankFault, load
from tests.reading import syllables


@pytest.fixture(scope="module")
def bank() -> Bank:
    return load(syllables=syllables)


def test_the_whole_bank_passes_every_rule(bank: Bank) -> None:
    for question in bank.questions.values():
        assert faults(question.text, syllables=syllables) == (), question.id
        for followup in question.followups:
            assert faults(followup, kind=Kind.FALLBACK, syllables=syllables) == (), question.id
    for bridge in bank.bridges.values():
        assert faults(bridge.text, kind=Kind.BRIDGE, syllables=syllables) == (), bridge.id


def test_there_is_enough_to_ask(bank: Bank) -> None:
    assert len(bank.questions) >= 60
    assert len(bank.bridges) >= 12


def test_every_theme_goes_through_every_depth(bank: Bank) -> None:
    there = {(question.theme, question.depth) for question in bank.questions.values()}
    assert there == set(product(Theme, Depth))


def test_every_question_is_filed_under_its_own_id_and_theme(bank: Bank) -> None:
    for key, question in bank.questions.items():
        assert key == question.id
        assert key.startswith(f"{question.theme.name.lower()}-")
    assert all(key == bridge.id and key.startswith("bridge-") for key, bridge in bank.bridges.items())


def test_the_bank_reads_easily(bank: Bank) -> None:
    grades = [reading_grade(question.text, syllables) for question in bank.questions.values()]
    assert statistics.mean(grades) <= 6
    assert max(grades) <= 9.5
    reasons = [reading_grade(question.why, syllables) for question in bank.questions.values()]
    assert max(reasons) <= 9.5


def test_questions_are_short(bank: Bank) -> None:
    lengths = [len(words(question.text)) for question in bank.questions.values()]
    assert statistics.median(lengths) <= 12
    assert max(lengths) <= 20


def test_no_two_questions_read_alike(bank: Bank) -> None:
    texts = [question.text for question in bank.questions.values()]
    texts += [bridge.text for bridge in bank.bridges.values()]
    texts += [question.text for question in bank.teams.values()]
    for one, other in combinations(texts, 2):
        assert likeness(one, other) < 0.5, (one, other)


def test_follow_ups_are_not_stock_phrases(bank: Bank) -> None:
    counted = Counter(followup for question in bank.questions.values() for followup in question.followups)
    assert [text for text, times in counted.items() if times > 1] == []
    asked = {question.text for question in bank.questions.values()}
    assert not asked & set(counted)


def test_questions_do_not_all_begin_the_same_way(bank: Bank) -> None:
    begun = Counter(question.text.split()[0] for question in bank.questions.values())
    assert begun["What"] <= len(bank.questions) / 2
    assert len(begun) >= 12


def test_every_framework_is_drawn_on(bank: Bank) -> None:
    assert {tag for question in bank.questions.values() for tag in question.tags} == FRAMEWORKS
    assert all(question.tags for question in bank.questions.values())


def test_every_reason_is_one_or_two_plain_statements(bank: Bank) -> None:
    for question in bank.questions.values():
        assert 1 <= len(sentences(question.why)) <= 2, question.id
        assert question.why.endswith(".")
        assert not set("?!") & set(question.why), question.id


def test_a_question_for_a_channel_passes_every_rule_and_speaks_of_no_pair(bank: Bank) -> None:
    grades = [reading_grade(question.text, syllables) for question in bank.teams.values()]
    assert statistics.mean(grades) <= 6
    assert {question.theme for question in bank.teams.values()} == set(Theme)
    for key, question in bank.teams.items():
        assert key == question.id
        assert key.startswith("team-")
        assert faults(question.text, syllables=syllables) == (), question.id
        assert not {"partner", "pair", "challenge", "we", "us", "our"} & set(words(question.text))


# A bridge speaks of reading and of nothing that anybody may have written about: a new word is added here only
# if it could not be the subject of an answer.
OF_READING = frozenset(
    words(
        "add answer answers answered apart argue ask asked between clear could differently expect hard line "
        "nobody pull read reading room smooth stranger twice two words write written wrote"
    )
)


def test_a_bridge_is_about_reading_each_other_and_has_no_subject_of_its_own(bank: Bank) -> None:
    for bridge in bank.bridges.values():
        assert content_words(bridge.text) <= OF_READING, bridge.id


FAULTY = """
theme = "power"

[[question]]
id = "power-one"
depth = "what"
text = "What do the patients decide?"
why = "Because."
followups = ["What else?", "Have you tried asking?"]

[[question]]
id = "power-one"
depth = "deeper"
text = "Whose word counted at the end of that day?"
why = "Because."
followups = ["Who was it?"]
tags = ["astrology"]

[[question]]
id = "power-two"
depth = "what"
text = "Whose word counted at the end of the day?"
followups = ["What came of that?", "Who saw it?"]
colour = "red"
"""
OTHER = """
theme = "weather"

[[question]]
id = "weather-rain"
depth = "what"
text = "What fell?"
why = "Because."
followups = ["What came of that?", "Who saw it?"]

[[bridge]]
text = "Did you differ?"

[[team]]
id = "team-one"
theme = "weather"
text = "What should you do about it?"
"""


def test_a_faulty_bank_is_refused_with_every_fault_of_every_file_at_once(tmp_path: Path) -> None:
    (tmp_path / "power.toml").write_text(FAULTY, "utf-8")
    (tmp_path / "weather.toml").write_text(OTHER, "utf-8")
    (tmp_path / "zebra.toml").write_text("theme = ", "utf-8")
    with pytest.raises(BankFault) as refused:
        load(tmp_path)
    found = {(fault.file, fault.id, fault.rule) for fault in refused.value.faults}
    assert found == {
        ("power.toml", "power-one", "no imposed label"),
        ("power.toml", "power-one", "open"),
        ("power.toml", "power-one", "no advice"),
        ("power.toml", "power-one", "duplicate id"),
        ("power.toml", "power-one", "unknown depth"),
        ("power.toml", "power-one", "two follow-ups"),
        ("power.toml", "power-one", "unknown tag"),
        ("power.toml", "power-two", "duplicate text"),
        ("power.toml", "power-two", "missing field"),
        ("power.toml", "power-two", "unknown field"),
        ("weather.toml", "*", "unknown theme"),
        ("weather.toml", "?", "missing field"),
        ("weather.toml", "?", "open"),
        ("weather.toml", "team-one", "no advice"),
        ("weather.toml", "team-one", "unknown theme"),
        ("zebra.toml", "*", "not TOML"),
    }
    assert "power.toml: power-two: missing field: “why”" in str(refused.value)


def test_an_empty_bank_is_a_faulty_bank(tmp_path: Path) -> None:
    with pytest.raises(BankFault, match="no question"):
        load(tmp_path)


def test_reading_ease_is_judged_only_where_syllables_can_be_counted(tmp_path: Path) -> None:
    hard = FAULTY.split("[[question]]")[1].replace("the patients", "participating organisational authorities")
    (tmp_path / "power.toml").write_text(
        'theme = "power"\n[[question]]' + hard.replace("Have you tried asking?", "Who saw?"), "utf-8"
    )
    assert set(load(tmp_path).questions) == {"power-one"}
    with pytest.raises(BankFault, match="plain English"):
        load(tmp_path, syllables)


def test_a_loaded_bank_cannot_be_changed(bank: Bank) -> None:
    with pytest.raises(TypeError):
        bank.questions["power-new"] = next(iter(bank.questions.values()))  # type: ignore[index]
