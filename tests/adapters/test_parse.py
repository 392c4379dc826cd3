"""A posted form becomes what it means, or is refused with a reason, and nothing that was typed is lost."""

from datetime import UTC, datetime

import pytest

from adapters.web import parse
from adapters.web.parse import draft_after, to_draft, to_incoming, to_line
from bot.errors import Refused
from bot.fields import LIMITS, clean
from bot.messages import Action, Pressed, Said
from bot.model import Account, Platform

ACCOUNT = Account(Platform.WEB, "p" * 32)
NOW = datetime(2026, 3, 10, 12, 40, tzinfo=UTC)
PART = "a" * 32


def read(**fields: str) -> tuple[object, ...]:
    return to_incoming(
        {name.replace("__", ":"): value for name, value in fields.items()}, ACCOUNT, "key-1", NOW
    )


def test_a_message_is_said_to_the_part_whose_box_it_was_written_in() -> None:
    (said,) = read(action=f"send:{PART}", subject="the round", message="  I was there.\r\nThey nodded. ")
    assert said == Said("key-1", ACCOUNT, NOW, "key-1", "I was there.\nThey nodded.", PART)


def test_a_message_without_a_part_leaves_the_choice_to_the_conversation() -> None:
    (said,) = read(action="send", subject="b" * 32, message="Words.")
    assert isinstance(said, Said)
    assert said.part == ""


def test_that_is_it_with_a_full_box_keeps_the_words_first() -> None:
    said, pressed = read(action="done", subject=PART, message="One thing more.")
    assert isinstance(said, Said)
    assert isinstance(pressed, Pressed)
    assert (said.text, said.part, pressed.action) == ("One thing more.", PART, Action.DONE)
    assert said.key != pressed.key
    (alone,) = read(action="done", subject=PART, message="  ")
    assert alone == Pressed("key-1", ACCOUNT, NOW, Action.DONE, PART)


def test_a_button_may_be_about_something_else_than_its_card() -> None:
    (pressed,) = read(action=f"remove:{PART}", subject="the round")
    assert pressed == Pressed("key-1", ACCOUNT, NOW, Action.REMOVE, PART)


def test_choices_travel_with_the_part_that_they_are_about_and_nothing_else_does() -> None:
    fields = {
        "action": "choose",
        "subject": "r",
        "csrf": "token",
        "nonce": "1",
        f"partner:{PART}": "yes",
        f"facilitators:{PART}": "unnamed",
        "text:other": "not asked for",
    }
    (pressed,) = to_incoming(fields, ACCOUNT, "k", NOW)
    assert isinstance(pressed, Pressed)
    assert pressed.fields == {f"partner:{PART}": "yes", f"facilitators:{PART}": "unnamed"}


def test_a_choice_that_was_told_of_mail_travels_as_one() -> None:
    fields = {"action": "choose", f"facilitators-by-mail:{PART}": "named"}
    (pressed,) = to_incoming(fields, ACCOUNT, "k", NOW)
    assert isinstance(pressed, Pressed)
    assert pressed.fields == {f"facilitators-by-mail:{PART}": "named"}


def test_words_for_oneself_may_be_empty_and_the_quiet_button_empties_them() -> None:
    for fields in (
        {"action": "choose-words", "words": ""},
        {"action": "choose-words:empty", "words": "half typed"},
    ):
        (pressed,) = to_incoming(fields, ACCOUNT, "k", NOW)
        assert isinstance(pressed, Pressed)
        assert pressed.fields == {"words": ""}


def test_a_challenge_is_one_line() -> None:
    (pressed,) = read(action="propose", challenge=" Nobody leaves\r\n  the ward alone ")
    assert isinstance(pressed, Pressed)
    assert pressed.fields == {"challenge": "Nobody leaves the ward alone"}


@pytest.mark.parametrize(
    ("fields", "because"),
    [
        ({"action": "send", "message": " \r\n "}, "nothing in the box"),
        ({"action": "send", "message": "\x00\ud800"}, "nothing in the box"),
        ({"action": "send", "message": "x" * 20_001}, "20,001 characters"),
        ({"action": "done", "message": "x" * 20_001}, "20,001 characters"),
        ({"action": "propose", "challenge": "x" * 141}, "141 characters"),
        ({"action": "propose", "challenge": ""}, "nothing in the box"),
        ({"action": "choose-words", "words": "x" * 201}, "201 characters"),
        ({"action": "say-back", "text": ""}, "nothing in the box"),
        ({"action": "answer-back", "text": "x" * 20_001}, "20,001 characters"),
        ({"action": f"edit:{PART}", f"text:{PART}": " "}, "remove them below it"),
        ({"action": f"edit:{PART}", f"text:{'b' * 32}": "another box"}, "remove them below it"),
        ({"action": "choose", f"partner:{PART}": "perhaps"}, "none was changed"),
        ({"action": "choose", f"facilitators:{PART}": "yes"}, "none was changed"),
        ({"action": "explode"}, "does nothing here"),
        ({}, "does nothing here"),
        ({"action": "help", "subject": "x" * 81}, "not one of yours"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_a_reason(fields: dict[str, str], because: str) -> None:
    with pytest.raises(Refused, match=because):
        to_incoming(fields, ACCOUNT, "k", NOW)


def test_a_refusal_never_repeats_what_was_typed() -> None:
    with pytest.raises(Refused) as refused:
        read(action="propose", challenge="secret " * 40)
    assert "secret" not in str(refused.value)


def test_what_no_page_can_carry_is_taken_out_and_everything_else_is_left() -> None:
    assert clean("a\x00b\ud83d c\r\nd\re") == "ab c\nd\ne"
    assert (
        clean("שלום \u202eabc\u202c 👩🏽‍⚕️ <b>&amp;</b> \u200b.")
        == "שלום \u202eabc\u202c 👩🏽‍⚕️ <b>&amp;</b> \u200b."
    )


@pytest.mark.parametrize("action", ["why", "skip", "another", "put-off", "decline"])
def test_what_stood_in_the_box_while_another_button_was_pressed_becomes_the_draft(action: str) -> None:
    assert draft_after({"action": action, "box": PART, "message": " half "}) == (PART, "half")


@pytest.mark.parametrize("action", [f"send:{PART}", "done", "say-back", "answer-back"])
def test_what_was_sent_is_no_draft_any_more(action: str) -> None:
    assert draft_after({"action": action, "box": PART, "message": "sent", "text": "sent"}) == (PART, "")


def test_a_form_without_a_box_leaves_drafts_alone() -> None:
    assert draft_after({"action": "help"}) is None
    assert draft_after({"action": "explode", "box": PART, "message": "x"}) is None


def test_a_draft_needs_a_box_and_an_end() -> None:
    assert to_draft({"box": PART, "text": "half "}) == (PART, "half")
    for fields in (
        {"text": "half"},
        {"box": PART, "text": "x" * (LIMITS["text"] + 1)},
        {"box": "b" * 81, "text": ""},
    ):
        with pytest.raises(Refused):
            to_draft(fields)


def test_a_facilitator_takes_a_line_further_or_answers_it() -> None:
    assert to_line({"action": "take", "subject": "l"}) == parse.OnLine("l", taken=True, reply="")
    assert to_line({"action": "answer", "subject": "l", "reply": " We will. "}) == parse.OnLine(
        "l", False, "We will."
    )
    for fields in (
        {"action": "take"},
        {"action": "answer", "subject": "l", "reply": ""},
        {"action": "answer", "subject": "l", "reply": "x" * 1001},
        {"action": "stop", "subject": "l"},
    ):
        with pytest.raises(Refused):
            to_line(fields)
