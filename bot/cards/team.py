"""A team's round: its question, its answers, and what whoever starts or answers it is told in private.

Until the round has closed nothing here is made from anybody's answer but for its author.
"""

from collections.abc import Sequence
from datetime import datetime

from bot.cards.dates import Calendar
from bot.cards.standing import reachable
from bot.group.choose import OWN_LIMIT
from bot.group.reflect import ENOUGH, TeamAnswer, TeamRound, TeamState, TeamView
from bot.ids import derive
from bot.messages import Button, Card, CardKind, Choices, Input, Option, Part, Quote, Role, TeamAction, Text
from bot.questions.bank import Theme
from bot.safety.signpost import Signpost

TERMS_VERSION = "1"
"""Raise it whenever a word of `terms` changes: each answer is stored with the version that it was sent under."""

ANSWER_LIMIT = 1_500
"""Characters of one answer: short enough that many stand in one message."""

NAMED, UNNAMED = "named", "unnamed"
"""What is chosen for a name; nothing is chosen beforehand."""

FEW = {5: "five"}[ENOUGH]
MANY = 20
LONG = 8_000
"""How many answers, and how many characters, stand in one message."""


def subject_of(round_: TeamRound) -> str:
    """What a button carries: whose round it is, and which."""
    return f"{round_.tenant} {round_.id}"


# ---- to whoever starts it


def preview(view: TeamView) -> Card:
    parts: list[Part] = [
        Text("Only you can see this", Role.WHEN),
        _question(view),
        Text(
            "If you use it, I ask everybody in this channel. Nobody can see an answer until all appear at once: "
            "24 hours later, or when you close it. Until then nobody is told how many there are, and nor are you."
        ),
        Button(TeamAction.USE, "Use this one", primary=True),
    ]
    if not view.own:
        parts.append(
            Button(TeamAction.ANOTHER, "Another", subject=f"{subject_of(view.round)} {view.round.question}")
        )
    return _card(view.round, *parts, Button(TeamAction.DROP, "Cancel"))


def started(view: TeamView, now: datetime) -> Card:
    return _card(
        view.round,
        Text(f"I am asking in this channel now. All answers appear on {_closes(view, now)}."),
        Button(
            TeamAction.CLOSE,
            "Close it now",
            fold="Close it now",
            hint="Everything that was answered by now appears at once, and nothing more can be added.",
        ),
    )


def dropped(round_: TeamRound) -> Card:
    return _card(round_, Text("Left. Nothing was asked."))


def closed(round_: TeamRound) -> Card:
    return _card(round_, Text("Closed."))


def not_there(view: TeamView) -> Card:
    return _card(
        view.round,
        Text("I could not ask your question.", Role.TITLE),
        _question(view),
        Text(
            "I am not in that channel, or may not write there. Invite me, by writing /invite and my name in it, "
            "and start once more. Nobody has seen the question."
        ),
    )


# ---- in the channel


def question(view: TeamView, now: datetime) -> Card:
    if view.round.state is not TeamState.ASKED:
        return _card(view.round, _question(view), Text("Closed.", Role.HINT))
    return _card(
        view.round,
        Text("A question for everybody here", Role.WHEN),
        _question(view),
        Text(
            f"Nobody can see an answer before {_closes(view, now)}, or before whoever asked closes it. Then all "
            "appear at once, each with or without a name, as its author chose. Those without a name appear only "
            f"if there are at least {FEW} of them. I never read this channel."
        ),
        Button(TeamAction.ANSWER, "Answer", primary=True),
    )


def answers(view: TeamView, page: int) -> Card | None:
    """One message of answers, or None where there are none (any more)."""
    pages = pages_of(view)
    if page >= len(pages):
        return None
    named = [each for each in pages[page] if each.named]
    unnamed = [each for each in pages[page] if not each.named]
    again = " (more)" if page else ""
    parts: list[Part] = [Text(f"What was answered{again}", Role.WHEN), _question(view)]
    parts += [Quote(each.text, account=each.by) for each in named]
    if unnamed:
        parts += [Text("Without a name", Role.TITLE), *(Quote(each.text) for each in unnamed)]
    return _card(view.round, *parts)


def pages_of(view: TeamView) -> Sequence[Sequence[TeamAnswer]]:
    """The answers, those with a name first, in as many messages as they need.

    Their order follows from the texts alone, so it can tell nothing that these do not.
    """

    def place(answer: TeamAnswer) -> tuple[bool, str]:
        return not answer.named, derive(view.round.id, "order", answer.text)

    pages: list[list[TeamAnswer]] = []
    length = 0
    for answer in sorted(view.answers, key=place):
        if not pages or len(pages[-1]) == MANY or length + len(answer.text) > LONG:
            pages.append([])
            length = 0
        pages[-1].append(answer)
        length += len(answer.text)
    return pages


# ---- to whoever answers


def terms(view: TeamView, now: datetime) -> tuple[str, ...]:
    """What an answer is sent under, to the letter."""
    months = "1 month" if view.retention_months == 1 else f"{view.retention_months} months"
    return (
        f"Everybody in this channel sees your answer on {_closes(view, now)}, or sooner if whoever asked closes it. "
        "Until then nobody does, and you can change it or take it back.",
        f"Without a name it is shown only if at least {FEW} answers are without one. "
        "How you write may still tell who you are.",
        f"I keep it for at most {months}, with your account, and then delete it. Your organisation may be able to "
        "read what stands in its Slack or Teams, and keep it for longer. By sending you agree to that.",
    )


def form(view: TeamView, mine: TeamAnswer | None, now: datetime) -> Card:
    """Where an answer is written, with what stands already for its author."""
    parts: list[Part] = [
        _question(view),
        Input("text", "Your answer", value=mine.text if mine else "", limit=ANSWER_LIMIT, lines=5),
        Choices(
            "name",
            "When all answers appear",
            (Option(NAMED, "With my name"), Option(UNNAMED, "Without my name")),
            "" if mine is None else NAMED if mine.named else UNNAMED,
        ),
        *(Text(each) for each in terms(view, now)),
        Button(TeamAction.SEND, "Send", primary=True),
    ]
    if mine is not None:
        parts.append(Button(TeamAction.TAKE_BACK, "Take mine back"))
    return _card(view.round, *parts)


def kept(view: TeamView, text: str, now: datetime, signposts: Sequence[Signpost]) -> Card:
    """`signposts` are given where somebody wrote that harm is near."""
    care: list[Part] = []
    if signposts:
        care.append(Text("I am a bot and cannot help with this. People can, now.", Role.LEAD))
        care += [*reachable(signposts), Text("I have told nobody.")]
    return _card(
        view.round,
        *care,
        Text(f"Kept. Nobody else can see it before {_closes(view, now)}, or before whoever asked closes it."),
        Quote(text),
        Text("Press Answer again to change it or to take it back."),
    )


def late(round_: TeamRound, text: str) -> Card:
    return _card(
        round_,
        Text("All answers have appeared by now, so this one was not kept. Here it is, to copy:"),
        Quote(text),
    )


def taken_back(round_: TeamRound) -> Card:
    unread = " What somebody has read already cannot be unread." if round_.state is TeamState.CLOSED else ""
    return _card(round_, Text(f"Taken back, and deleted.{unread}"))


def mine(view: TeamView, answer: TeamAnswer) -> Card:
    """To its author, once the round has closed: whether it stands, and the way to take it back."""
    if any(each.id == answer.id for each in view.answers):
        said = "All answers have appeared, with yours among them."
    else:
        said = (
            f"Your answer was not shown: fewer than {FEW} were without a name, so it could have been guessed whose "
            "it is. Nobody has been told that you answered."
        )
    return _card(
        view.round,
        Text(said, Role.TITLE),
        Quote(answer.text, asked=view.asked),
        Button(TeamAction.TAKE_BACK, "Take mine back"),
    )


# ---- what cannot be done

STRANGER = (
    "I do not know you here yet, so nothing was asked. If you belong to a programme, ask its facilitators: they can "
    "add you here, and then you can ask in any channel."
)
ALONE = (
    "In a channel, /reflect asks everybody there one question. Between the two of us it does nothing: "
    "your own questions come here by themselves."
)
THEMES = "I know these themes: " + ", ".join(theme.name.lower() for theme in Theme) + "."
UNCLEAR = f"I know no theme of that name. {THEMES} Or write a whole question of your own."
TOO_LONG = (
    f"A question may have at most {OWN_LIMIT} characters. Nothing was asked. Make it shorter and try again."
)
NO_OTHER = "There is no other question left on that. Use this one, cancel, or write one of your own."
NOT_YOURS = "Only whoever asked can do that. Nothing was changed."
GONE = "That question is closed, so nothing was changed."


def already(view: TeamView, now: datetime) -> Card:
    """There is a round in this channel; one at a time."""
    return _card(
        view.round,
        Text(f"A question is open in this channel until {_closes(view, now)}. Ask yours after that."),
    )


def said(text: str, subject: str = "") -> Card:
    return Card(CardKind.TEAM, (Text(text),), subject)


# ---- pieces


def _card(round_: TeamRound, *parts: Part) -> Card:
    return Card(CardKind.TEAM, parts, subject_of(round_))


def _question(view: TeamView) -> Part:
    if not view.own:
        return Text(view.asked, Role.LEAD)
    if not view.asked:
        return Text("The question was taken back.", Role.HINT)
    return Quote(view.asked, account=view.round.starter)


def _closes(view: TeamView, now: datetime) -> str:
    assert view.round.due_at is not None, "a round that takes answers has its moment"
    return Calendar(view.zone, view.zone, now).moment(view.round.due_at)
