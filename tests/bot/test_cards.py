"""Everything the bot can say, made from fabricated views: the words, and what may never be in them."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.cards import TERMS_VERSION, dates, make, terms_wording
from bot.cards.live import is_live
from bot.cards.notice import WAYS_IN
from bot.conversation.engine import LIVE
from bot.conversation.state import RoundState, Standing, State
from bot.messages import (
    Action,
    Button,
    Card,
    CardKind,
    Choices,
    Input,
    Link,
    Part,
    Quote,
    Role,
    TeamAction,
    Text,
)
from bot.model import Facilitators, Hours, Sharing
from bot.questions.wording import long_words, reading_grade
from bot.view import ChallengeView, Heard, Turn
from tests.reading import syllables
from tests.views import (
    ADDED,
    AFTER,
    ANSWER,
    ASKED,
    CHALLENGE,
    LATER,
    OPENS,
    PARTNERS,
    QUESTIONS,
    ROUND,
    Scene,
    added,
    answer,
    conversation,
    early,
    opened_round,
    post,
    prompts,
    round_view,
    scenes,
    view,
)

SCENES = {scene.name: scene for scene in scenes()}
SECRET = "the partner’s own secret sentence"
EVERY_STATE = {Action.EDIT, Action.REMOVE, Action.CHOOSE_WORDS, Action.PROPOSE, Action.CONFIRM}
OWN_WORDS = {Action.EDIT, Action.REMOVE, Action.UNSAY, Action.UNSAY_ANSWER}
AFTER_STOP = {Action.START, Action.TAKE_BACK_ALL, Action.CALL, Action.ASK_CALL, Action.NO_CALL, *OWN_WORDS}


def card(scene: Scene) -> Card:
    made = make(scene.post, scene.view, prompts())
    assert made is not None, scene.name
    return made


def said(made: Card) -> list[str]:
    """All that the bot itself says on a card, without anybody's words."""
    texts: list[str] = []
    for part in made.parts:
        match part:
            case Text(text=text, quoting=quoting):
                texts.append(text.replace(f"“{quoting}”", "") if quoting else text)
            case Choices(legend=legend, options=options):
                texts += [legend, *(o.label for o in options), *(o.hint for o in options)]
            case Input(label=label, hint=hint, fold=fold):
                texts += [label, hint, fold]
            case Button(label=label, fold=fold, hint=hint):
                texts += [label, fold, hint]
            case Link(label=label):
                texts.append(label)
            case Quote(by=by, note=note):
                texts += [by, note]
    return [text for text in texts if text]


def actions(made: Card) -> set[Action | TeamAction]:
    return {part.action for part in made.parts if isinstance(part, Button)}


def parts(made: Card, kind: type[Part]) -> list[Part]:
    return [part for part in made.parts if isinstance(part, kind)]


def test_there_is_a_scene_for_every_kind_of_card() -> None:
    no_cards = {*WAYS_IN, CardKind.AFRESH, CardKind.TEAM, CardKind.ANNOUNCED}
    assert {scene.post.kind for scene in SCENES.values()} == set(CardKind) - no_cards


@pytest.mark.parametrize("name", SCENES)
def test_every_card_says_something_also_as_plain_text(name: str) -> None:
    made = card(SCENES[name])
    fallback = made.fallback()
    assert fallback.strip()
    for part in made.parts:
        if isinstance(part, Text):
            assert part.text in fallback
        if isinstance(part, Quote) and part.text:
            assert f"“{part.text}”" in fallback


@pytest.mark.parametrize("name", SCENES)
def test_the_bot_never_raises_its_voice_praises_consoles_or_labels(name: str) -> None:
    bad = re.compile(
        r"!|\bgreat\b|well done|thank|\bsorry\b|i understand|congratulat|don’t worry|should you|you should"
        r"|try to|\bpatient\b|service user|\bcarer\b|\bclient\b|\bcitizen\b|vulnerable|feel free|\bhope you\b",
        re.IGNORECASE,
    )
    for text in said(card(SCENES[name])):
        assert not bad.search(text), text
        assert all(ord(char) < 0x2190 for char in text), text


def test_the_cards_read_easily() -> None:
    sentences = [
        part.text
        for scene in SCENES.values()
        for part in card(scene).parts
        if isinstance(part, Text) and part.role in (Role.BODY, Role.HINT) and not part.quoting
    ]
    whole = " ".join(dict.fromkeys(sentences))
    assert reading_grade(whole, syllables) <= 6
    hard = {text for text in sentences if len(text.split()) > 6 and reading_grade(text, syllables) > 10}
    assert not hard, {text: long_words(text, syllables) for text in hard}


@pytest.mark.parametrize("name", SCENES)
def test_at_most_one_button_of_a_card_is_filled_and_every_button_says_where_it_leads(name: str) -> None:
    buttons = [part for part in card(SCENES[name]).parts if isinstance(part, Button)]
    assert sum(button.primary for button in buttons) <= 1
    assert all(button.label for button in buttons)


# ---- controls only while they can be used


@pytest.mark.parametrize("kind", LIVE.values())
def test_a_card_that_is_not_live_has_no_controls_but_those_that_are_always_open(kind: CardKind) -> None:
    scene = next(s for s in SCENES.values() if s.post.kind is kind and is_live(s.post, s.view))
    before = actions(card(scene))
    assert before - {Action.EDIT, Action.REMOVE}, "the live card can be used"
    for state in State:
        if LIVE.get(state) is kind or (kind is CardKind.WAITING and state is State.ASKED):
            continue
        elsewhere = replace(scene.view, conversation=conversation(state))
        made = make(scene.post, elsewhere, prompts())
        if made is not None:
            assert actions(made) <= EVERY_STATE, state


@pytest.mark.parametrize("name", SCENES)
def test_after_a_stop_only_starting_again_and_ones_own_words_are_left(name: str) -> None:
    scene = SCENES[name]
    stopped = replace(scene.view.conversation, standing=Standing.STOPPED)
    made = make(scene.post, replace(scene.view, conversation=stopped), prompts())
    if made is not None:
        assert actions(made) <= AFTER_STOP


@pytest.mark.parametrize("name", ["waiting", "opened"])
def test_after_a_stop_ones_own_words_can_still_be_changed_or_removed(name: str) -> None:
    scene = SCENES[name]
    stopped = replace(scene.view.conversation, standing=Standing.STOPPED)
    made = make(scene.post, replace(scene.view, conversation=stopped), prompts())
    assert made is not None
    assert actions(made) == {Action.EDIT, Action.REMOVE}


def test_a_question_of_an_older_round_cannot_be_answered_any_more() -> None:
    newer = replace(view(State.ASKED, round_view()), conversation=conversation(State.ASKED, round="9" * 32))
    made = make(post(CardKind.QUESTION, ROUND), newer, prompts())
    assert made is not None
    assert not actions(made)


def test_a_card_about_a_round_that_is_gone_has_nothing_to_say() -> None:
    gone = view(State.ASKED)
    for kind in (
        CardKind.QUESTION,
        CardKind.WAITING,
        CardKind.WHO_SEES,
        CardKind.OPENED,
        CardKind.TURN,
        CardKind.FATE,
    ):
        assert make(post(kind, ROUND), gone, prompts()) is None


# ---- what may never be seen


@pytest.mark.parametrize("state", [RoundState.PLANNED, RoundState.ASKED, RoundState.NOT_OPENED])
@pytest.mark.parametrize("kind", CardKind)
def test_no_card_shows_a_partners_word_before_the_opening(kind: CardKind, state: RoundState) -> None:
    # A view never holds this; even if one did, no card would show it.
    leaking = round_view(
        state=state,
        written=(answer(), added()),
        heard=(Heard(0, SECRET),),
        other_question=QUESTIONS[1],
        turns=(Turn(False, SECRET, True), Turn(True, "what I asked", True, SECRET)),
    )
    for at in State:
        made = make(post(kind, ROUND), view(at, leaking), prompts())
        if made is not None:
            assert SECRET not in made.fallback()
            assert prompts().bank.questions[QUESTIONS[1]].text not in made.fallback()


def test_not_opened_says_that_and_nothing_more() -> None:
    made = card(SCENES["not-opened"])
    assert made.parts == (Text("Not opened this time.", Role.TITLE),)


def test_what_was_said_back_stays_closed_until_its_reader_opens_it() -> None:
    made = card(SCENES["turn"])
    assert actions(made) == {Action.READ, Action.LEAVE_UNREAD, Action.MUTE}
    assert not parts(made, Quote)


def test_a_sender_is_not_told_whether_what_they_said_was_read() -> None:
    turn = Turn(True, "What did you see?", True)
    unread, declined = (
        make(post(CardKind.OPENED, ROUND), view(State.IDLE, opened_round(turns=(each,))), prompts())
        for each in (turn, replace(turn, declined=True))
    )
    assert unread == declined


def test_no_repr_holds_anybodys_words() -> None:
    for scene in SCENES.values():
        shown = repr(card(scene)) + repr(scene.view)
        for words in (ANSWER, ADDED, PARTNERS, CHALLENGE, "I was furious", "diary", "Faces I knew"):
            assert words not in shown, scene.name


# ---- joining


def test_the_terms_are_to_the_letter_what_is_agreed_to() -> None:
    scene = SCENES["terms"]
    shown = [part.text for part in card(scene).parts if isinstance(part, Text)]
    assert terms_wording(scene.view.retention_months, scene.view.contact) == "\n\n".join(shown)
    assert TERMS_VERSION
    scene = SCENES["terms-by-mail"]
    shown = [part.text for part in card(scene).parts if isinstance(part, Text)]
    wording = terms_wording(scene.view.retention_months, scene.view.contact, words_by_mail=True)
    assert wording == "\n\n".join(shown)
    assert "A mail cannot be taken back" in wording


@pytest.mark.parametrize(
    "fact",
    [
        "Only you can see",
        "court",
        "Slack or Teams",
        "even after",
        "web page",
        "at most 12 months",
        "Ruth Okafor",
    ],
)
def test_the_terms_name_what_has_to_be_known(fact: str) -> None:
    assert fact in terms_wording(SCENES["terms"].view.retention_months, SCENES["terms"].view.contact)


def test_ones_own_words_start_empty_and_may_stay_so() -> None:
    made = card(SCENES["your-words"])
    (box,) = parts(made, Input)
    assert isinstance(box, Input)
    assert box.value == ""
    assert sum(isinstance(p, Button) and p.action is Action.CHOOSE_WORDS for p in made.parts) == 2


def test_a_challenge_cannot_be_worded_before_the_partner_is_here_or_before_consent() -> None:
    assert not actions(card(SCENES["challenge-alone"]))
    assert make(post(CardKind.CHALLENGE), early(State.TOLD), prompts()) is None


def test_a_partners_wording_can_be_confirmed_in_the_version_that_is_shown() -> None:
    made = card(SCENES["challenge-theirs"])
    assert Action.CONFIRM in actions(made)
    assert made.subject == "1"
    assert Action.CONFIRM not in actions(card(SCENES["challenge-mine"]))


# ---- a round


def test_a_question_says_when_it_opens_and_quotes_the_challenge_once_both_agreed() -> None:
    made = card(SCENES["question"])
    first = made.parts[0]
    assert isinstance(first, Text)
    assert first.text == "Asked on Tuesday at 10:00. Opens on Thursday at 17:00."
    assert [q.text for q in made.parts if isinstance(q, Quote)] == [CHALLENGE]
    unsure = replace(
        SCENES["question"].view,
        challenge=ChallengeView(1, CHALLENGE, mine=True, i_confirmed=True, confirmed=False),
    )
    without = make(SCENES["question"].post, unsure, prompts())
    assert without is not None
    assert not parts(without, Quote)


def test_the_answer_goes_into_one_box_named_message_with_a_button_send() -> None:
    for name in ("question", "kept", "follow-up", "skipped"):
        made = card(SCENES[name])
        boxes = [p for p in made.parts if isinstance(p, Input) and not p.fold]
        assert [(box.name, box.label) for box in boxes] == [("message", "Message")]
        assert [b.label for b in made.parts if isinstance(b, Button) and b.action is Action.SEND] == ["Send"]


def test_a_draft_stands_in_the_box_of_the_part_that_it_was_begun_for() -> None:
    scene = SCENES["question"]
    drafted = replace(scene.view, drafts={answer().id: "half a sentence", added().id: "of another part"})
    made = make(scene.post, drafted, prompts())
    assert made is not None
    assert [p.value for p in made.parts if isinstance(p, Input)] == ["half a sentence"]


def test_a_question_asked_of_one_alone_says_so_and_names_no_opening() -> None:
    text = card(SCENES["question-alone"]).fallback()
    assert "not here yet" in text
    assert "Opens" not in text


def test_whoever_asked_for_another_question_is_not_told_that_both_have_the_same() -> None:
    alone = card(SCENES["question-another"]).fallback()
    assert "in place of the question for both of you" in alone
    assert "under its own question" in alone
    assert "in place of the question for both of you" not in card(SCENES["question"]).fallback()
    for round_, said in ((round_view(apart=True), True), (round_view(), False)):
        made = make(post(CardKind.HELP), view(State.ASKED, round_), prompts())
        assert made is not None
        assert ("This time yours is another one" in made.fallback()) is said


def test_after_its_opening_a_question_can_still_be_answered_for_oneself() -> None:
    made = card(SCENES["question-after-opening"])
    assert "for yourself" in made.fallback()
    assert Action.SEND in actions(made)
    assert Action.PUT_OFF not in actions(made)


def test_a_follow_up_quotes_its_author_to_the_letter_and_only_while_the_answer_stands() -> None:
    scene = SCENES["follow-up"]
    lead = card(scene).parts[0]
    assert isinstance(lead, Text)
    assert lead.text == "You wrote “I was furious”. What was that about, for you?"
    assert lead.quoting == "I was furious"
    changed = round_view(written=(answer(text="Something else."), added(text="", quote=None, closed=False)))
    plain = make(scene.post, replace(scene.view, rounds={ROUND: changed}), prompts())
    assert plain is not None
    assert plain.parts[0] == Text("What was that about, for you?", Role.LEAD)


def test_a_follow_up_of_the_bank_is_found_by_its_number() -> None:
    scene = SCENES["follow-up"]
    part = added(text="", closed=False, prompt=f"{QUESTIONS[0]}#2", quote=None)
    banked = make(
        scene.post, replace(scene.view, rounds={ROUND: round_view(written=(answer(), part))}), prompts()
    )
    assert banked is not None
    assert banked.parts[0] == Text("What did you see?", Role.LEAD)


def test_nothing_is_shared_unless_it_was_chosen() -> None:
    for choices in card(SCENES["who-sees"]).parts:
        if isinstance(choices, Choices):
            assert choices.chosen == "no"
            assert choices.options[0].value == "no"


def test_each_part_is_shared_by_itself_and_shows_what_stands() -> None:
    scene = SCENES["who-sees"]
    shared = round_view(written=(answer(sharing=Sharing(True, Facilitators.NAMED)), added()))
    made = make(scene.post, replace(scene.view, rounds={ROUND: shared}), prompts())
    assert made is not None
    assert {c.name: c.chosen for c in made.parts if isinstance(c, Choices)} == {
        f"partner:{answer().id}": "yes",
        f"facilitators:{answer().id}": "named",
        f"partner:{added().id}": "no",
        f"facilitators:{added().id}": "no",
    }


@pytest.mark.parametrize("changes", [{"solo": True}, {"state": RoundState.NOT_OPENED}])
def test_where_nothing_can_open_only_the_facilitators_are_asked_about(changes: dict[str, object]) -> None:
    scene = SCENES["who-sees"]
    made = make(
        scene.post, replace(scene.view, rounds={ROUND: round_view(written=(answer(),), **changes)}), prompts()
    )
    assert made is not None
    assert [c.name for c in made.parts if isinstance(c, Choices)] == [f"facilitators:{answer().id}"]


def test_where_words_go_by_mail_it_is_said_beside_the_choice_and_the_choice_says_that_it_was() -> None:
    told, untold = (
        [
            part
            for part in card(SCENES[name]).parts
            if isinstance(part, Choices) and "facilitators" in part.name
        ]
        for name in ("who-sees-by-mail", "who-sees")
    )
    first, second = ([option.hint for option in each.options] for each in told)
    assert "and by mail. A mail cannot be taken back." in first[1]
    assert second[1].endswith("and by mail.")
    assert {each.name.partition(":")[0] for each in told} == {"facilitators-by-mail"}
    assert {each.name.partition(":")[0] for each in untold} == {"facilitators"}
    assert "mail" not in str(untold)


def test_beside_the_choice_stands_what_follows_from_it() -> None:
    text = " ".join(said(card(SCENES["who-sees"])))
    for fact in (
        "Thursday at 17:00",
        "only if both of you share",
        "take it back",
        "nobody can tell",
        "still guess",
    ):
        assert fact in text


@pytest.mark.parametrize(
    ("sharing", "expected"),
    [
        (Sharing(), "only you can see it."),
        (Sharing(True), "your partner sees it on Thursday at 17:00, if they share too."),
        (
            Sharing(False, Facilitators.UNNAMED),
            "the facilitators see it after the opening, without your name.",
        ),
        (
            Sharing(True, Facilitators.NAMED),
            "your partner sees it on Thursday at 17:00, if they share too. "
            "The facilitators see it after the opening, with your name.",
        ),
    ],
)
def test_who_can_see_what_is_said_in_words(sharing: Sharing, expected: str) -> None:
    scene = SCENES["waiting"]
    chosen = replace(scene.view, rounds={ROUND: round_view(written=(answer(sharing=sharing),))})
    made = make(scene.post, chosen, prompts())
    assert made is not None
    assert f"Your answer: {expected}" in made.fallback()


def test_at_the_opening_two_voices_stand_side_by_side_and_only_what_was_shared() -> None:
    quotes = [q for q in card(SCENES["opened"]).parts if isinstance(q, Quote)]
    assert [(q.side, q.text) for q in quotes] == [(1, ANSWER), (2, PARTNERS)]
    assert ADDED not in "".join(q.text for q in quotes)


def test_what_changed_or_was_taken_back_after_the_opening_is_marked() -> None:
    notes = [q.note for q in card(SCENES["opened-changed"]).parts if isinstance(q, Quote) and q.side == 2]
    assert notes == ["Changed since the opening.", "Taken back."]
    assert "“”" not in card(SCENES["opened-changed"]).fallback()


def test_each_has_one_turn() -> None:
    assert Action.SAY_BACK in actions(card(SCENES["opened"]))
    assert Action.SAY_BACK not in actions(card(SCENES["opened-said"]))
    assert Action.ANSWER_BACK in actions(card(SCENES["turn-read"]))
    assert Action.ANSWER_BACK not in actions(card(SCENES["turn-answered"]))


@pytest.mark.parametrize("name", ["opened", "turn-read"])
def test_beside_the_box_stands_that_these_very_words_are_read_and_can_be_taken_back(name: str) -> None:
    (box,) = [part for part in card(SCENES[name]).parts if isinstance(part, Input) and not part.fold]
    for fact in ("exactly these words", "as soon as you send it", "take them back later"):
        assert fact in box.hint.lower()


def test_what_one_said_back_can_be_taken_back_where_it_stands() -> None:
    assert Action.UNSAY in actions(card(SCENES["opened-said"]))
    assert Action.UNSAY in actions(card(SCENES["turn-answer"]))
    assert Action.UNSAY_ANSWER in actions(card(SCENES["turn-answered"]))
    assert actions(card(SCENES["reflection-said-back"])) == {Action.UNSAY, Action.UNSAY_ANSWER}


def test_what_was_taken_back_is_said_to_be_and_leaves_nothing_to_press() -> None:
    mine, theirs = card(SCENES["opened-taken-back"]), card(SCENES["turn-taken-back"])
    assert Quote("", "You asked", "You took it back.") in mine.parts
    assert not actions(mine) & {Action.SAY_BACK, Action.UNSAY}
    assert "has taken it back" in theirs.fallback()
    assert not actions(theirs)
    answered = card(SCENES["turn-answer-taken-back"])
    assert Quote("", "Your partner answered", "Taken back.") in answered.parts


def test_a_question_that_was_taken_back_leaves_its_answer_to_whoever_gave_it() -> None:
    turn = Turn(False, None, True, "That I had nothing to add yet.", taken_back=True)
    scene = SCENES["turn-taken-back"]
    made = make(scene.post, view(State.IDLE, opened_round(turns=(turn,))), prompts())
    assert made is not None
    assert Quote("That I had nothing to add yet.", "You answered") in made.parts
    assert actions(made) == {Action.UNSAY_ANSWER}


def test_the_words_of_the_partner_stand_on_nobodys_page_of_reflections() -> None:
    made = card(SCENES["reflection-said-back"])
    assert [q.text for q in made.parts if isinstance(q, Quote)] == [
        "What did you see when you looked round the table?",
        "That I had nothing to add yet.",
    ]


def test_help_and_care_begin_with_who_can_be_reached() -> None:
    for name in ("help", "care"):
        links = [part.href for part in card(SCENES[name]).parts if isinstance(part, Link)]
        assert links == ["tel:999", "tel:111", "tel:116123", "sms:85258?body=SHOUT"]


def test_stopping_offers_to_take_back_only_if_something_is_shared() -> None:
    assert Action.TAKE_BACK_ALL in actions(card(SCENES["stopped"]))
    assert Action.TAKE_BACK_ALL not in actions(card(SCENES["stopped-taken-back"]))


# ---- dates


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (OPENS, "Thursday at 17:00"),
        (ASKED - timedelta(days=1), "Monday at 10:00"),
        (ASKED - timedelta(days=2), "Sunday 8 March at 10:00"),
        (ASKED - timedelta(days=6), "Wednesday 4 March at 10:00"),
        (ASKED + timedelta(days=6), "Monday at 10:00"),
        (ASKED + timedelta(days=7), "Tuesday 17 March at 10:00"),
        (datetime(2026, 3, 31, 9, 0, tzinfo=UTC), "Tuesday 31 March at 10:00"),
        (datetime(2027, 1, 4, 9, 0, tzinfo=UTC), "Monday 4 January 2027 at 09:00"),
    ],
)
def test_dates_are_said_as_people_say_them(at: datetime, expected: str) -> None:
    assert dates.Calendar("Europe/London", "Europe/London", ASKED).moment(at) == expected


def test_a_zone_is_named_where_clocks_differ_and_only_there() -> None:
    assert (
        dates.Calendar("Europe/Paris", "Europe/London", ASKED).moment(OPENS)
        == "Thursday at 18:00, Paris time"
    )
    assert dates.Calendar("Europe/Belfast", "Europe/London", ASKED).moment(OPENS) == "Thursday at 17:00"


def test_the_reader_in_another_zone_reads_their_own_hours() -> None:
    scene = SCENES["question"]
    away = replace(scene.view, hours=Hours("Europe/Paris", scene.view.hours.start, scene.view.hours.end))
    made = make(scene.post, away, prompts())
    assert made is not None
    assert "Opens on Thursday at 18:00, Paris time." in made.fallback()


def test_a_card_says_the_same_however_often_it_is_made() -> None:
    for scene in SCENES.values():
        assert card(scene) == card(scene)
        late = replace(scene.post, posted_at=max(AFTER, LATER))
        assert make(late, scene.view, prompts()) is not None
