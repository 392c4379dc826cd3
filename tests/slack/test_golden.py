"""Every card as Slack is given it: as it was when somebody last looked, and such that Slack takes it.

`python -m tests.slack.test_golden` writes the golden messages anew; read the difference before you keep it.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.slack import limits
from adapters.slack.render import Message, to_message, to_modal
from bot.cards.make import make
from bot.messages import Action, Button, Card, CardKind, Input, Link, Part, Quote, Role, Text
from tests.adapters.test_render import GOLDEN, SCENES
from tests.slack.stub import valid
from tests.views import Scene, prompts

ADDRESS = "https://alongside.example.org"


def message(scene: Scene) -> Message | None:
    card = make(scene.post, scene.view, prompts())
    return None if card is None else to_message(card, ADDRESS)


def golden(scene: Scene) -> str:
    made = message(scene)
    found = None if made is None else {"text": made.text, "blocks": made.blocks}
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


@pytest.mark.parametrize("name", SCENES)
def test_a_message_looks_as_it_did_when_somebody_last_looked(name: str) -> None:
    assert golden(SCENES[name]) == (GOLDEN / name / "slack.json").read_text("utf-8")


@pytest.mark.parametrize("name", SCENES)
def test_slack_takes_every_message_and_every_modal_that_it_opens(name: str) -> None:
    made = message(SCENES[name])
    if made is None:
        return
    assert valid(list(made.blocks)) == ""
    assert 0 < len(made.text) <= limits.FALLBACK
    assert within_limits(list(made.blocks)) == []
    card = make(SCENES[name].post, SCENES[name].view, prompts())
    assert card is not None
    for button in buttons(made):
        if button["action_id"].startswith("open") and "value" in button:
            modal = to_modal(card, button["value"])
            assert modal is not None, "what opens a modal has one to open"
            assert valid(modal["blocks"]) == ""
            assert within_limits(modal["blocks"]) == []


@pytest.mark.parametrize("name", SCENES)
def test_a_message_can_be_read_without_its_blocks(name: str) -> None:
    """Whoever has a screen reader, or only a notification, reads the same words in the same order."""
    card = make(SCENES[name].post, SCENES[name].view, prompts())
    if card is None:
        return
    text = to_message(card, ADDRESS).text
    for part in card.parts:
        if isinstance(part, Text):
            assert part.text[:40].replace("&", "&amp;") in text


def test_what_is_too_long_ends_in_the_way_to_the_page() -> None:
    parts: list[Part] = [Text("Long", Role.LEAD), *(Quote("so much " * 500) for _ in range(60))]
    made = to_message(Card(CardKind.OPENED, tuple(parts)), ADDRESS)
    assert len(made.blocks) <= limits.BLOCKS
    assert "Read all of it on your page" in json.dumps(made.blocks[-1])
    assert len(json.dumps(made.blocks)) < 20_000
    assert within_limits(list(made.blocks)) == []


def test_a_text_that_does_not_fit_into_a_modal_is_changed_on_the_page() -> None:
    long = Input("text:p", "Your answer", value="x" * 3_001)
    card = Card(CardKind.WAITING, (long, Button(Action.EDIT, "Save the change", subject="p")))
    (button,) = buttons(to_message(card, ADDRESS))
    assert button["url"] == f"{ADDRESS}/me/"
    assert to_modal(card, "edit|p|waiting|") is None


@pytest.mark.parametrize("href", ["tel:999", "sms:85258"])
def test_a_number_to_ring_is_words_since_slack_dials_none(href: str) -> None:
    (block,) = to_message(Card(CardKind.HELP, (Link(href, "Ring 999"),)), ADDRESS).blocks
    assert block["elements"][0]["elements"] == [{"type": "text", "text": "Ring 999"}]


def buttons(made: Message) -> list[dict[str, Any]]:
    return [each for block in made.blocks if block["type"] == "actions" for each in block["elements"]]


def within_limits(blocks: list[dict[str, Any]]) -> list[str]:
    """What is longer than Slack takes, of what its own library does not check."""
    return [fault for block in blocks for fault in _faults(block)]


def _faults(block: dict[str, Any]) -> Iterator[str]:
    if block["type"] == "header" and len(block["text"]["text"]) > limits.HEADER:
        yield "header"
    if block["type"] == "actions":
        if len(block["elements"]) > limits.BUTTONS:
            yield "buttons"
        for each in block["elements"]:
            if len(each["text"]["text"]) > limits.OPTION or len(each.get("value", "")) > limits.VALUE:
                yield "button"
            confirm = each.get("confirm")
            if confirm and len(confirm["text"]["text"]) > limits.CONFIRM_TEXT:
                yield "confirm"
            if confirm and confirm["text"]["text"].endswith("…"):
                yield "what cannot be undone is said in full"
    if block["type"] == "input":
        for option in block["element"].get("options", ()):
            if len(option["text"]["text"]) > limits.OPTION:
                yield "option"
            if option["text"]["text"].endswith("…"):
                yield "an option is said in full"
        if len(block["label"]["text"]) > limits.LABEL:
            yield "label"


if __name__ == "__main__":
    for scene in SCENES.values():
        (GOLDEN / scene.name / "slack.json").write_text(golden(scene), "utf-8")
    print(f"{len(SCENES)} messages written to {GOLDEN}")
