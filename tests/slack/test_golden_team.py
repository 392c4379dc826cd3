"""What a team's round shows in Slack: as it was when somebody last looked, and such that Slack takes it.

`python -m tests.slack.test_golden_team` writes the golden messages anew; read the difference before you keep it.
"""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.slack import limits
from adapters.slack.render import to_message
from adapters.slack.team import to_view
from bot.cards import team as cards
from bot.group.reflect import TeamAnswer, TeamRound, TeamState, TeamView
from bot.messages import Button, Card, Choices, Input, Link, Text
from bot.model import Account, Platform
from bot.questions.wording import reading_grade
from tests.adapters.test_render import GOLDEN
from tests.cast import MONDAY
from tests.reading import syllables
from tests.slack.stub import valid
from tests.slack.test_golden import ADDRESS, within_limits
from tests.views import prompts

STARTER, PLACE = Account(Platform.SLACK, "T1:UBEN"), Account(Platform.SLACK, "T1:C1")
ROUND = TeamRound(
    "t" * 32,
    "r" * 32,
    "g" * 32,
    STARTER,
    PLACE,
    "team-only-after-leaving",
    TeamState.ASKED,
    MONDAY,
    MONDAY + timedelta(days=1),
)
ASKED = TeamView(
    ROUND, "What would you say in this channel only after you had left it?", False, "Europe/London", 12
)
OWN = replace(
    ASKED, round=replace(ROUND, question=""), asked="What did <!channel> leave out & why?", own=True
)
NAMED = TeamAnswer(
    "1" * 32, Account(Platform.SLACK, "T1:UKIT"), True, "That I often agreed & did not mean it."
)
UNNAMED = TeamAnswer("2" * 32, STARTER, False, "Who decides.\n<@UBEN> does not.")
CLOSED = replace(
    ASKED,
    round=replace(ROUND, state=TeamState.CLOSED, due_at=None),
    answers=(UNNAMED, NAMED),
)
PRIVATE: dict[str, Card] = {
    "preview": cards.preview(ASKED),
    "preview-own": cards.preview(OWN),
    "started": cards.started(ASKED, MONDAY),
    "already": cards.already(ASKED, MONDAY),
    "dropped": cards.dropped(ROUND),
    "not-there": cards.not_there(OWN),
    "mine": cards.mine(CLOSED, NAMED),
    "mine-held": cards.mine(replace(CLOSED, answers=()), UNNAMED),
    "stranger": cards.said(cards.STRANGER),
    "alone": cards.said(cards.ALONE),
    "unclear": cards.said(cards.UNCLEAR),
}
SHOWN = {
    "question": cards.question(ASKED, MONDAY),
    "question-own": cards.question(OWN, MONDAY),
    "question-closed": cards.question(CLOSED, MONDAY),
    "answers": cards.answers(CLOSED, 0),
}
MODALS = {
    "form": cards.form(ASKED, None, MONDAY),
    "form-again": cards.form(OWN, UNNAMED, MONDAY),
    "kept": cards.kept(ASKED, "Who decides.", MONDAY, ()),
    "kept-care": cards.kept(ASKED, "I cannot go on.", MONDAY, prompts().signposts),
    "late": cards.late(CLOSED.round, "Too late."),
    "taken-back": cards.taken_back(CLOSED.round),
}
CARDS: dict[str, Card] = {
    name: card for name, card in {**PRIVATE, **SHOWN, **MODALS}.items() if card is not None
}


def drawn(name: str) -> Any:
    card = CARDS[name]
    if name in MODALS:
        return to_view(card, ADDRESS)
    made = to_message(card, ADDRESS)
    return {"text": made.text, "blocks": list(made.blocks)}


def golden(name: str) -> str:
    return json.dumps(drawn(name), ensure_ascii=False, indent=1) + "\n"


@pytest.mark.parametrize("name", list(CARDS))
def test_it_looks_as_it_did_when_somebody_last_looked(name: str) -> None:
    assert golden(name) == (GOLDEN / f"team-{name}" / "slack.json").read_text("utf-8")


@pytest.mark.parametrize("name", list(CARDS))
def test_slack_takes_it(name: str) -> None:
    made = drawn(name)
    assert valid(made["blocks"]) == ""
    assert within_limits(made["blocks"]) == []
    if name in MODALS:
        assert len(made["blocks"]) <= limits.MODAL_BLOCKS
        assert len(made["private_metadata"]) <= limits.METADATA
    else:
        assert 0 < len(made["text"]) <= limits.FALLBACK
        assert "<" not in made["text"]


@pytest.mark.parametrize("length", [1, 400])
def test_the_fullest_message_of_answers_is_shown_whole(length: int) -> None:
    answers = tuple(replace(NAMED, id=f"{n}", text=f"{n} " + "x" * length) for n in range(cards.MANY))
    (page,) = cards.pages_of(replace(CLOSED, answers=answers))[:1]
    card = cards.answers(replace(CLOSED, answers=answers), 0)
    assert card is not None
    made = to_message(card, ADDRESS)
    assert all(each.text in json.dumps(made.blocks) for each in page)
    assert "Read all of it on your page" not in json.dumps(made.blocks)


def test_its_words_are_plain_and_raise_no_voice() -> None:
    bad = re.compile(
        r"!|\bgreat\b|well done|thank|\bsorry\b|\bpatient\b|\bcarer\b|\bclient\b|please", re.IGNORECASE
    )
    texts = []
    for name, card in CARDS.items():
        if name == "kept-care":
            continue
        for part in card.parts:
            match part:
                case Text(text=text) if text not in (ASKED.asked,):
                    texts.append(text)
                case Choices(legend=legend):
                    texts.append(legend)
                case Input(label=label) | Link(label=label):
                    texts.append(label)
                case Button(label=label, hint=hint):
                    texts += [label, hint]
                case _:
                    pass
    assert [text for text in texts if bad.search(text)] == []
    told = list(dict.fromkeys(text for text in texts if len(text.split()) > 6))
    assert reading_grade(" ".join(told), syllables) <= 6
    assert {text: grade for text in told if (grade := reading_grade(text, syllables)) > 10} == {}


if __name__ == "__main__":
    for each in CARDS:
        folder = GOLDEN / f"team-{each}"
        folder.mkdir(exist_ok=True)
        (folder / "slack.json").write_text(golden(each), "utf-8")
    print(f"{len(CARDS)} messages written to {GOLDEN}")
