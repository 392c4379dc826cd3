"""The pages as HTML: what they hold, what they may never let through, and what they weigh.

`python -m tests.adapters.test_render` writes the golden cards anew; read the difference before you keep it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest

from adapters.web import draw, parse, render
from adapters.web.draw import FormKeys
from adapters.web.render import Fault, Pane, StageView
from adapters.web.unsent import Box, Unsent, boxes, to_copy, to_send_again
from bot.cards import make
from bot.cards.live import is_live
from bot.conversation.state import Standing, State
from bot.digest.model import Beside, Counts, LineView
from bot.errors import Refused
from bot.messages import CardKind, Quote, Text
from bot.model import Account, Platform
from bot.rows import DigestSummary
from tests.views import (
    ADDED,
    ANSWER,
    CHALLENGE,
    LATER,
    QUESTIONS,
    ROUND,
    Scene,
    added,
    answer,
    digest,
    post,
    prompts,
    round_view,
    scenes,
    view,
)

GOLDEN = Path(__file__).parent.parent / "golden"
FORM = FormKeys("/one/", "the-token", "the-nonce")
SCENES = {scene.name: scene for scene in scenes()}
HOSTILE = (
    "</textarea></blockquote>\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7777*7777 }}&amp; ‮x"
)
VOID = {"meta", "link", "input", "br"}


@dataclass
class Element:
    name: str
    attributes: dict[str, str]
    parent: "Element | None" = field(default=None, repr=False)
    children: list["Element"] = field(default_factory=list, repr=False)
    text: str = ""

    def all(self, name: str = "") -> Iterator["Element"]:
        for child in self.children:
            if child.name == name or (not name and child.name != "#text"):
                yield child
            yield from child.all(name)

    def words(self) -> str:
        return self.text + "".join(child.words() for child in self.children)

    def inside(self, name: str) -> "Element | None":
        above = self.parent
        while above is not None and above.name != name:
            above = above.parent
        return above


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.at = Element("root", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, {name: value or "" for name, value in attrs}, self.at)
        assert len(made.attributes) == len(attrs), f"an attribute is there twice: {attrs}"
        self.at.children.append(made)
        if tag not in VOID:
            self.at = made

    def handle_endtag(self, tag: str) -> None:
        assert self.at.name == tag, f"</{tag}> closes <{self.at.name}>"
        assert self.at.parent is not None
        self.at = self.at.parent

    def handle_data(self, data: str) -> None:
        self.at.children.append(Element("#text", {}, self.at, text=data))


def parsed(page: str) -> Element:
    reader = _Reader()
    reader.feed(page)
    assert reader.at is reader.root, f"<{reader.at.name}> is never closed"
    return reader.root


SENT = {
    "csrf": FORM.csrf,
    "nonce": FORM.nonce,
    "box": "p" * 32,
    "action": "send:" + "p" * 32,
    "message": "Half a thought.",
    "challenge": "Letters.",
    "partner:" + "p" * 32: "yes",
}
FAULT = Fault(503, "That did not send", "It broke.", "Nothing was kept.", "Try again.")


def page_of(scene: Scene, notice: str | None = None, unsent: Sequence[Box] = ()) -> str:
    return render.member_page(scene.view, scene.posts, prompts(), FORM, notice, "/one", unsent)


def other_pages() -> dict[str, str]:
    week = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    summaries = [DigestSummary("e" * 32, week, datetime(2026, 3, 9, 8, 0, tzinfo=UTC))]
    quiet = digest(lines=(), beside=(), question="", counts=Counts(6, 0, 0, 0), taken_back=0)
    panes = [
        Pane(title, f"/{n}/") for n, title in enumerate(("Pair member 1", "Pair member 2", "Facilitator"))
    ]
    return {
        "a week": render.digest_page(digest(), FORM, prompts(), "/f", summaries),
        "quiet week": render.digest_page(quiet, FORM, prompts(), "/f", summaries),
        "no week yet": render.digest_page(None, FORM, prompts(), "/f", [], next_at=week),
        "stage": render.stage_page(
            StageView(week, "Europe/London", "Next: the opening", panes, FORM, "Moved.")
        ),
        "error": render.error_page(FAULT, Unsent(()), prompts().signposts, "/one"),
        "error with words": render.error_page(FAULT, to_copy(SENT), prompts().signposts, "/one"),
        "error to send again": render.error_page(FAULT, to_send_again(SENT, "/one/"), (), "/one"),
        "sign in": render.signin_page("", prompts().signposts),
        "sign in with words": render.signin_page("", prompts().signposts, to_copy(SENT)),
        "not kept": page_of(SCENES["stopped"], "Not kept.", boxes(SENT)),
    }


def every_page() -> dict[str, str]:
    return {**{name: page_of(scene) for name, scene in SCENES.items()}, **other_pages()}


PAGES = every_page()


# ---- every page


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_well_formed_names_each_thing_once_and_has_one_heading_of_its_own(name: str) -> None:
    root = parsed(PAGES[name])
    ids = [element.attributes["id"] for element in root.all() if "id" in element.attributes]
    assert sorted(ids) == sorted(set(ids))
    assert len(list(root.all("h1"))) == 1
    assert len(list(root.all("main"))) == 1
    (title,) = root.all("title")
    assert title.words().strip()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_at_most_one_filled_button(name: str) -> None:
    assert sum(b.attributes.get("class") == "go" for b in parsed(PAGES[name]).all("button")) <= 1


@pytest.mark.parametrize("name", PAGES)
def test_a_page_holds_no_script_or_style_of_its_own_and_asks_nobody_else(name: str) -> None:
    for element in parsed(PAGES[name]).all():
        assert element.name not in ("style", "img", "svg", "object", "embed", "base")
        assert "style" not in element.attributes
        assert not [attribute for attribute in element.attributes if attribute.startswith("on")]
        if element.name == "script":
            assert not element.words()
        for link in (element.attributes.get("src", ""), element.attributes.get("href", "")):
            assert not link.startswith(("http:", "https:", "//", "javascript:", "data:"))


@pytest.mark.parametrize("name", PAGES)
def test_every_box_and_choice_has_a_name_that_a_screen_reader_says(name: str) -> None:
    root = parsed(PAGES[name])
    labelled = {label.attributes["for"] for label in root.all("label") if label.words().strip()}
    ids = {element.attributes.get("id") for element in root.all()}
    for element in root.all():
        if element.name == "textarea" or element.attributes.get("type") == "radio":
            assert element.attributes["id"] in labelled
        if element.name == "fieldset":
            (legend,) = element.all("legend")
            assert legend.words().strip()
        if "aria-describedby" in element.attributes:
            assert element.attributes["aria-describedby"] in ids
        if "aria-labelledby" in element.attributes:
            assert element.attributes["aria-labelledby"] in ids


@pytest.mark.parametrize("name", PAGES)
def test_every_form_is_a_plain_post_with_its_token_and_its_nonce(name: str) -> None:
    for form in parsed(PAGES[name]).all("form"):
        hidden = {
            i.attributes["name"]: i.attributes["value"]
            for i in form.all("input")
            if i.attributes["type"] == "hidden"
        }
        assert form.attributes["method"] == "post"
        assert form.attributes["action"].startswith("/one/")
        assert hidden["csrf"] == "the-token"
        assert hidden["nonce"] == "the-nonce"
        assert list(form.all("button"))
        assert not form.inside("form")


@pytest.mark.parametrize("name", SCENES)
def test_everything_that_can_be_pressed_is_understood(name: str) -> None:
    account = Account(Platform.WEB, "p" * 32)
    for form in parsed(PAGES[name]).all("form"):
        fields = {
            i.attributes["name"]: i.attributes["value"]
            for i in form.all("input")
            if i.attributes["type"] == "hidden"
        }
        for radio in form.all("input"):
            # What has to be chosen is chosen; of what stands chosen already, that.
            if radio.attributes["type"] == "radio" and {"checked", "required"} & radio.attributes.keys():
                fields[radio.attributes["name"]] = radio.attributes["value"]
        fields |= {
            box.attributes["name"]: box.words().strip() or "Some words." for box in form.all("textarea")
        }
        for button in form.all("button"):
            pressed = {**fields, "action": button.attributes["value"]}
            assert parse.to_incoming(pressed, account, "key", LATER)


@pytest.mark.parametrize("name", SCENES)
def test_help_pause_and_stop_are_on_every_page_in_the_same_place(name: str) -> None:
    (always,) = [nav for nav in parsed(PAGES[name]).all("nav") if nav.attributes.get("class") == "always"]
    assert [button.words() for button in always.all("button")] == ["Help", "Pause", "Stop"]


@pytest.mark.parametrize("name", SCENES)
def test_there_is_at_most_one_box_named_message_and_its_button_is_named_send(name: str) -> None:
    root = parsed(PAGES[name])
    boxes = [label for label in root.all("label") if label.words() == "Message"]
    sends = [button for button in root.all("button") if button.words() == "Send"]
    assert len(boxes) == len(sends) <= 1


def test_a_page_weighs_less_than_60_kilobytes_with_all_that_it_loads() -> None:
    static = files("adapters.web") / "static"
    loaded = sum(len(each.read_bytes()) for each in static.iterdir())
    assert loaded + max(len(page.encode()) for page in PAGES.values()) < draw.LIMITS["page"]


# ---- people's words


def hostile_scenes() -> Iterator[Scene]:
    """Every scene with hostile words wherever a person's words can stand."""
    for scene in scenes():
        seen = scene.view
        rounds = {
            key: replace(
                each,
                written=tuple(
                    replace(part, text=HOSTILE, quote=(0, len(HOSTILE))) if part.text else part
                    for part in each.written
                ),
                heard=tuple(replace(heard, text=HOSTILE) for heard in each.heard),
                turns=tuple(
                    replace(turn, text=turn.text and HOSTILE, answer=turn.answer and HOSTILE)
                    for turn in each.turns
                ),
                reason=HOSTILE,
            )
            for key, each in seen.rounds.items()
        }
        drafts = {
            answer().id: HOSTILE,
            added().id: HOSTILE,
            f"say-back:{ROUND}": HOSTILE,
            f"answer-back:{ROUND}": HOSTILE,
        }
        hostile = replace(
            seen,
            rounds=rounds,
            drafts=drafts,
            words_for_me=HOSTILE if seen.words_for_me else "",
            challenge=seen.challenge and replace(seen.challenge, text=HOSTILE),
            proposal=seen.proposal and replace(seen.proposal, text=HOSTILE),
            fates={
                key: replace(fate, text=HOSTILE, reply=fate.reply and HOSTILE, module=HOSTILE)
                for key, fate in seen.fates.items()
            },
            contact=HOSTILE,
            name=HOSTILE,
            programme_title=HOSTILE,
        )
        yield replace(scene, view=hostile)


@pytest.mark.parametrize("scene", list(hostile_scenes()), ids=lambda scene: scene.name)
def test_hostile_words_are_shown_as_words(scene: Scene) -> None:
    page = page_of(scene, notice=HOSTILE)
    root = parsed(page)
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "60481729" not in page
    assert not [e for e in root.all() if any(name.startswith("on") for name in e.attributes)]
    assert {e.attributes["src"] for e in root.all("script")} == {
        "/one/static/draft.js",
        "/one/static/live.js",
    }


def test_hostile_words_in_a_digest_are_shown_as_words() -> None:
    line = LineView("1" * 32, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    open_line = LineView("2" * 32, HOSTILE, HOSTILE, "", "")
    made = digest(
        programme_title=HOSTILE,
        question=HOSTILE,
        reason=HOSTILE,
        next_module=HOSTILE,
        lines=(line, open_line),
        beside=(Beside(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE),),
    )
    page = render.digest_page(made, FORM, prompts(), "/f", [], notice=HOSTILE, typed={"2" * 32: HOSTILE})
    assert "<script>alert" not in page
    assert "<img" not in page
    assert [box.words().strip() for box in parsed(page).all("textarea")] == [HOSTILE]


def test_hostile_words_in_the_other_pages_are_shown_as_words() -> None:
    fault = Fault(500, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    sent = {"action": HOSTILE, "message": HOSTILE, f"text:{HOSTILE}": HOSTILE, HOSTILE: HOSTILE}
    stage = StageView(LATER, "Europe/London", HOSTILE, [Pane(HOSTILE, "/one/")], FORM, HOSTILE)
    for page in (
        render.stage_page(stage),
        *(
            render.error_page(fault, unsent, (), "")
            for unsent in (to_copy(sent), to_send_again(sent, HOSTILE))
        ),
        render.signin_page("", (), to_copy(sent)),
        page_of(SCENES["question"], HOSTILE, boxes(sent)),
    ):
        parsed(page)
        assert "<script>alert" not in page


def test_a_form_that_may_be_sent_again_holds_all_that_was_sent() -> None:
    (form,) = parsed(PAGES["error to send again"]).all("form")
    again = {i.attributes["name"]: i.attributes["value"] for i in form.all("input")}
    again |= {box.attributes["name"]: box.words().strip() for box in form.all("textarea")}
    (button,) = form.all("button")
    assert {**again, button.attributes["name"]: button.attributes["value"]} == SENT


def test_a_made_up_form_is_not_answered_with_a_page_many_times_its_size() -> None:
    many = {"action": "help", **{f"text:{number}": "x" for number in range(9_000)}}
    for unsent in (to_copy(many), to_send_again(many, "/one/")):
        assert len(render.error_page(FAULT, unsent, (), "/one")) < 9_000


def test_what_was_typed_stands_in_its_box_to_the_letter() -> None:
    typed = '\n  first line\n\n<b>&amp;</b> "q" ‏שלום 👩🏽‍⚕️'
    scene = SCENES["question"]
    drafted = replace(scene, view=replace(scene.view, drafts={answer().id: typed}))
    (box,) = [b for b in parsed(page_of(drafted)).all("textarea") if b.attributes["name"] == "message"]
    # A browser leaves out the first line break inside a text area, so the page has one more.
    assert box.words() == "\n" + typed


def test_only_peoples_words_are_set_as_words() -> None:
    ours = {ANSWER, ADDED, CHALLENGE, "“I was furious”"}
    shown = {
        e.words() for e in parsed(PAGES["waiting"]).all() if "words" in e.attributes.get("class", "").split()
    }
    assert shown == ours


@pytest.mark.parametrize("name", SCENES)
def test_peoples_words_find_their_own_direction(name: str) -> None:
    for element in parsed(PAGES[name]).all():
        if element.name == "textarea" or "words" in element.attributes.get("class", "").split():
            assert element.attributes["dir"] == "auto"


# ---- the letter


def shown(page: str) -> str:
    """The text of what is not folded away."""
    root = parsed(page)
    (main,) = root.all("main")

    def walk(element: Element) -> Iterator[str]:
        yield element.text
        for child in element.children:
            if child.name != "details":
                yield from walk(child)

    return "\n".join(walk(main))


def test_what_is_open_stands_last_also_when_something_was_said_since() -> None:
    text = shown(PAGES["help"])
    question = prompts().bank.questions["power-1"].text
    assert text.index("Who you can reach now") < text.index(question)
    assert text.count(question) == 1


def test_ones_own_words_stand_after_what_they_answer() -> None:
    text = shown(PAGES["waiting"])
    order = ["Where was it really made?", ANSWER, "What was that about, for you?", ADDED, "The opening is on"]
    assert [text.index(each) for each in order] == sorted(text.index(each) for each in order)


def test_the_reason_stands_beside_the_question_that_it_explains_and_is_gone_once_that_is_answered() -> None:
    text = shown(PAGES["why"])
    assert text.index("Where was it really made?") < text.index("Why this one") < text.index("Message")
    scene = SCENES["kept"]
    later = replace(scene, before=(*scene.before, post(CardKind.WHY, ROUND)))
    assert "Why this one\n" not in shown(page_of(later))


def test_what_came_before_the_present_question_is_folded_away_and_still_there() -> None:
    (fold,) = [d for d in parsed(PAGES["question"]).all("details") if d.attributes.get("id") == "earlier"]
    assert "What is kept, and who can see it" in fold.words()
    assert "What is kept, and who can see it" not in shown(PAGES["question"])


def test_after_care_was_shown_nothing_is_asked_by_itself() -> None:
    page = PAGES["care"]
    assert "Who may see what you wrote?" not in shown(page)
    assert "ring" in shown(page).lower()
    assert 'class="go"' not in page
    assert "Keep these choices" in page


def test_ones_own_words_can_always_be_changed_or_removed_once() -> None:
    for name in ("waiting", "opened", "opened-said", "not-opened", "stopped", "who-sees", "care"):
        values = [b.attributes["value"] for b in parsed(PAGES[name]).all("button")]
        removes = [value for value in values if value.startswith("remove:")]
        assert len(removes) == len(set(removes)), name
        written = [part for each in SCENES[name].view.rounds.values() for part in each.written if part.text]
        assert {f"remove:{part.id}" for part in written} == set(removes), name


def filled(page: str) -> list[str]:
    return [b.words() for b in parsed(page).all("button") if b.attributes["class"] == "go"]


def open_buttons(page: str) -> list[Element]:
    (main,) = parsed(page).all("main")
    return [button for button in main.all("button") if button.inside("details") is None]


def test_after_two_questions_unanswered_the_choice_is_what_the_page_asks_for() -> None:
    page = PAGES["less-often"]
    text = shown(page)
    assert "Where was it really made?" not in text
    assert "Where was it really made?" in parsed(page).words()
    assert "I have asked twice." in text
    assert filled(page) == []
    choices = [b.words() for b in open_buttons(page)[-3:]]
    assert choices == ["Less often: every other week", "Later: from the next module", "Stop"]
    assert {b.attributes["class"] for b in open_buttons(page)[-3:]} == {"edged"}


def test_what_was_begun_before_the_choice_is_not_folded_away() -> None:
    scene = SCENES["less-often"]
    begun = replace(scene, view=replace(scene.view, drafts={answer().id: "Half a thought"}))
    (fold,) = [d for d in parsed(page_of(begun)).all("details") if d.attributes.get("class") == "later"]
    assert "open" in fold.attributes
    assert "Half a thought" in fold.words()


def test_whoever_answers_after_all_is_not_asked_to_choose_in_the_middle_of_it() -> None:
    scene = SCENES["kept"]
    silent = replace(scene.view.conversation, standing=Standing.SILENT)
    page = page_of(
        replace(
            scene,
            view=replace(scene.view, conversation=silent),
            before=(*scene.before, post(CardKind.LESS_OFTEN)),
        )
    )
    assert filled(page) == ["That’s it"]
    assert shown(page).index("I have asked twice.") < shown(page).index("Kept. Only you can see it.")


@pytest.mark.parametrize(
    ("name", "said"), [("less-often-chosen", "Less often, then."), ("later-chosen", "Later, then.")]
)
def test_once_something_is_chosen_the_page_says_what_and_asks_no_more(name: str, said: str) -> None:
    assert said in shown(PAGES[name])
    assert "asked twice" not in parsed(PAGES[name]).words()


def test_what_was_left_unread_is_let_go_once_a_new_question_has_come() -> None:
    newer = round_view(id="d" * 32)
    declined = SCENES["turn-declined"]
    for scene, stays in ((SCENES["turn"], True), (declined, False)):
        conversation = replace(view(State.ASKED).conversation, round=newer.id)
        seen = replace(scene.view, conversation=conversation, rounds={newer.id: newer, **scene.view.rounds})
        asked = Scene("", seen, post(CardKind.QUESTION, newer.id, LATER), scene.posts)
        assert ("Your partner has asked you something" in shown(page_of(asked))) is stays
        assert "Your partner has asked you something" in parsed(page_of(asked)).words()


def test_a_follow_up_that_was_declined_is_no_heading_any_more() -> None:
    root = parsed(PAGES["follow-up-declined"])
    headings = [h.words() for level in ("h2", "h3") for h in root.all(level)]
    assert not any("What was that about, for you?" in heading for heading in headings)
    assert "What was that about, for you?" in root.words()


@pytest.mark.parametrize("name", SCENES)
def test_no_two_buttons_in_view_bear_one_name(name: str) -> None:
    names = [button.words() for button in open_buttons(PAGES[name])]
    assert sorted(names) == sorted(set(names))


def test_whoever_came_first_reads_that_their_partner_is_not_here_yet_until_a_card_has_told_them() -> None:
    assert "Your partner is not here yet." in shown(PAGES["ready-alone"])
    assert "not here yet" not in shown(PAGES["ready"])
    come = replace(SCENES["ready-alone"], view=SCENES["ready"].view)
    assert page_of(come) == PAGES["ready-alone"]


def test_a_page_is_complete_while_a_card_is_still_on_its_way() -> None:
    scene = SCENES["follow-up"]
    page = render.member_page(scene.view, scene.before, prompts(), FORM, None, "/one")
    assert "What was that about, for you?" in shown(page)
    assert "Message" in shown(page)


def test_a_page_without_any_post_still_stands() -> None:
    for state in State:
        page = render.member_page(view(state, round_view()), [], prompts(), FORM, None, "")
        assert parsed(page)


def test_a_refusal_stands_right_above_what_it_is_about() -> None:
    (now,) = [
        e for e in parsed(page_of(SCENES["question"], "Too long.")).all() if e.attributes.get("id") == "now"
    ]
    assert now.children[0].attributes["role"] == "alert"
    assert now.children[0].words() == "Too long."


@pytest.mark.parametrize("name", SCENES)
def test_the_newest_is_where_a_reader_is_led(name: str) -> None:
    (now,) = [e for e in parsed(PAGES[name]).all() if e.attributes.get("id") == "now"]
    card = make(SCENES[name].post, SCENES[name].view, prompts())
    assert card is not None
    first = next(part.text for part in card.parts if isinstance(part, Text | Quote))
    if name not in ("why", "turn-answer"):  # These two are set inside the card that they belong to.
        assert first in now.words()


def test_a_member_who_stopped_sees_no_box() -> None:
    scene = SCENES["question"]
    stopped = replace(scene.view, conversation=replace(scene.view.conversation, standing=Standing.STOPPED))
    page = render.member_page(
        stopped, (*scene.posts, post(CardKind.STOPPED, "", LATER)), prompts(), FORM, None, ""
    )
    assert "Message" not in shown(page)
    assert "Start again" in shown(page)


def test_live_cards_can_be_used_on_their_page() -> None:
    for scene in SCENES.values():
        if is_live(scene.post, scene.view):
            assert 'class="' in PAGES[scene.name]
            assert list(parsed(PAGES[scene.name]).all("form"))


# ---- the facilitator's page, and the stage


def test_a_digest_begins_with_what_waits_and_ends_with_what_is_not_here() -> None:
    text = shown(PAGES["a week"])
    order = [
        "1 line waits for you",
        "11 of 12 people",
        "Power and decisions",
        "One question, two views",
        "What is not here",
    ]
    assert [text.index(each) for each in order] == sorted(text.index(each) for each in order)
    cells = [cell.words() for cell in parsed(PAGES["a week"]).all("td")]
    assert cells == ["9", "0", "1"]


def test_a_line_without_a_name_says_so_and_has_none() -> None:
    (line,) = [e for e in parsed(PAGES["a week"]).all("div") if e.attributes.get("id") == f"line-{'1' * 32}"]
    assert "without a name" in line.words()
    assert "Take to module 2" in line.words()


def lines_of(page: str) -> list[Element]:
    return [e for e in parsed(page).all("div") if e.attributes.get("class") == "line"]


def test_a_line_names_the_question_that_it_answers_where_it_may() -> None:
    bank = prompts().bank.questions
    asked = [
        [p.words() for p in line.children if p.attributes.get("class") == "hint"]
        for line in lines_of(PAGES["a week"])
    ]
    assert asked == [[], [bank[QUESTIONS[0]].text], [f"Added to: {bank[QUESTIONS[1]].text}"]]


def test_what_could_not_be_kept_is_said_at_the_line_that_it_is_about() -> None:
    typed = {"1" * 32: "far too long"}
    page = render.digest_page(digest(), FORM, prompts(), "/f", [], notice="Too long.", typed=typed)
    (alert,) = [e for e in parsed(page).all() if e.attributes.get("role") == "alert"]
    assert alert.words() == "Too long."
    assert "Too long." in lines_of(page)[0].words()
    elsewhere = render.digest_page(
        digest(), FORM, prompts(), "/f", [], notice="Too long.", typed={"9" * 32: ""}
    )
    assert [e.words() for e in parsed(elsewhere).all() if e.attributes.get("role") == "alert"] == [
        "Too long."
    ]


def test_a_quiet_week_says_so() -> None:
    assert "A quiet week." in shown(PAGES["quiet week"])


def test_a_week_in_which_all_was_held_back_or_taken_back_is_not_called_quiet() -> None:
    for week in (
        digest(lines=(), beside=(), counts=Counts(6, 4, 0, 4), taken_back=0),
        digest(lines=(), beside=()),
    ):
        page = shown(render.digest_page(week, FORM, prompts(), "/f", []))
        assert "A quiet week." not in page
        assert "as numbers, why it is not here" in page


def test_every_press_on_a_digest_is_understood() -> None:
    for form in parsed(PAGES["a week"]).all("form"):
        fields: Mapping[str, str] = {
            i.attributes["name"]: i.attributes["value"]
            for i in form.all("input")
            if i.attributes["type"] == "hidden"
        }
        for button in form.all("button"):
            assert parse.to_line({**fields, "action": button.attributes["value"], "reply": "We will."}).line
    with pytest.raises(Refused):
        parse.to_line({"action": "help"})


def test_the_stage_shows_three_panes_by_name_and_three_ways_to_move_its_clock() -> None:
    root = parsed(PAGES["stage"])
    assert [frame.attributes["title"] for frame in root.all("iframe")] == [
        "Pair member 1",
        "Pair member 2",
        "Facilitator",
    ]
    moves = [b.words() for b in root.all("button") if b.attributes["class"] == "edged"]
    assert moves == ["Next question", "Opening", "Weekly digest"]
    assert "Start over" in [b.words() for b in root.all("button")]


# ---- golden


def golden(scene: Scene) -> str:
    card = make(scene.post, scene.view, prompts())
    return draw.draw(card, FORM, "/one") if card is not None else ""


@pytest.mark.parametrize("name", SCENES)
def test_a_card_looks_as_it_did_when_somebody_last_looked(name: str) -> None:
    assert golden(SCENES[name]) == (GOLDEN / name / "web.html").read_text("utf-8")


def test_no_golden_card_is_left_over() -> None:
    assert {path.parent.name for path in GOLDEN.glob("*/web.html")} == set(SCENES)


if __name__ == "__main__":
    for scene in SCENES.values():
        path = GOLDEN / scene.name / "web.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(golden(scene), "utf-8")
    print(f"{len(SCENES)} cards written to {GOLDEN}")
