"""What a mail says: that there is something to read, and where. Never what it is, and never a person's words."""

from collections.abc import Mapping

from bot.messages import Card, CardKind, Link, Role, Text

_OPENING = (
    "Your opening is there",
    "The moment that was set for the two of you has come. What came of it is on your page.",
)
_SAID_BACK = (
    "Something is there for you",
    "It is about what opened. You can read it or leave it, whenever you like.",
)

NOTICES: Mapping[CardKind, tuple[str, str]] = {
    CardKind.QUESTION: (
        "A question is there for you",
        "It takes about five minutes. You can put it off, ask for another one, or skip it.",
    ),
    CardKind.NUDGE: (
        "Your question is still open",
        "Nothing has to be finished. If this is not the week for it, you can skip it.",
    ),
    CardKind.LESS_OFTEN: (
        "Shall I ask less often?",
        "You can choose less often, later, or not at all. Until you choose, I am quiet.",
    ),
    CardKind.OPENED: _OPENING,
    CardKind.NOT_OPENED: _OPENING,
    CardKind.TURN: _SAID_BACK,
    CardKind.TURN_ANSWER: _SAID_BACK,
    CardKind.CHALLENGE: (
        "The words for your challenge",
        "There is something new about what the two of you are working on.",
    ),
    CardKind.FATE: (
        "What became of a line of yours",
        "The facilitators have done something with what you shared with them.",
    ),
    CardKind.CALL_WANTED: (
        "Somebody would like you to call them",
        "They have asked for you, and can see that nobody has answered yet. Who it is stands on your page.",
    ),
    CardKind.WILL_CALL: (
        "Something is there for you",
        "It is an answer to something that you asked for.",
    ),
    CardKind.CANNOT_CALL: (
        "Something is there for you",
        "It is about something that you asked for.",
    ),
    CardKind.NEW_PARTNER: ("Something is there for you", "It is about who you do this with."),
    CardKind.DELETION_AHEAD: (
        "Some of what you wrote will be deleted",
        "You agreed to it. When that is, and how to take a copy with you, stands on your page.",
    ),
    CardKind.KEEPSAKE: (
        "Something to keep is there for you",
        "It is on your page, to read, print or keep. There is nothing that you have to do.",
    ),
    CardKind.DIGEST: (
        "This week’s page is ready",
        "It holds what pairs chose to share with you, and one question for the next module.",
    ),
}
"""The subject and the one sentence of each; what is not here is on the page alone.

An opening and a week in which nothing opened read the same, so that a mailbox says nothing of either.
"""

_WAY_IN = (
    "Your way in",
    "Somebody asked for it with this address. If that was not you, nothing has happened: you can leave it.",
)


URGENT = frozenset({CardKind.CALL_WANTED, CardKind.WILL_CALL, CardKind.CANNOT_CALL})
"""What is told at once and each time, whatever the hour: somebody waits for it."""


_INVITATION = (
    "You are invited",
    "I am a bot that asks you and your partner one question about once a week. Before you write anything, you can "
    "read what is kept and who can see it.",
)

_COPY = (
    "Everything that you wrote, to take with you",
    "Open your page, and go from “What you have written” to “Take a copy”. It is one file, for you alone.",
)

WAYS_IN = frozenset({CardKind.WAY_IN, CardKind.INVITATION, CardKind.COPY})
"""Mails that bring a way in, and nothing else: sent because somebody asked for them."""


def notice(kind: CardKind, subject: str) -> Card:
    """The notice about a card. Its link leads to the page, or to the digest that it is about."""
    said = {**NOTICES, CardKind.WAY_IN: _WAY_IN, CardKind.INVITATION: _INVITATION, CardKind.COPY: _COPY}
    title, sentence = said[kind]
    href = f"/digests/{subject}" if kind is CardKind.DIGEST else "/"
    label = "Read this week’s page" if kind is CardKind.DIGEST else "Open my page"
    return Card(kind, (Text(title, Role.TITLE), Text(sentence), Link(href, label)), subject)
