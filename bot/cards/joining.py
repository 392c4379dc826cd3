"""Joining: who speaks, what is kept, the person's own words for themselves, and the pair's challenge."""

from bot.cards.live import Desk, agreed, is_after_last, listens, why_alone
from bot.messages import Action, Button, Card, CardKind, Input, Part, Quote, Role, Text
from bot.view import ChallengeView, MemberView

TERMS_VERSION = "3"
"""Raise it whenever a word of the terms changes: each consent is stored with the version agreed to."""

BY_MAIL = " by mail"
"""What the version ends in where the terms say that the facilitators get words by mail: one paragraph more."""

CHALLENGE_LIMIT = 140
WORDS_LIMIT = 200
EMPTY = "empty"
"""The subject of the button that leaves one's own words empty, whatever stands in the box."""


def hello(at: Desk) -> Card:
    parts: list[Part] = [
        Text("I am Alongside, a bot that asks questions.", Role.LEAD),
        Text(
            "About once a week, between modules, I ask you and your partner the same question. "
            "Each of you answers alone. At a fixed time, if you have both chosen to share, "
            "you each see the other’s words at the same moment."
        ),
        Text(
            "I am not a person, and this is not therapy. Nobody reads along as you write. "
            "Press Help at any time to see who can be reached."
        ),
        Text("Before you write anything, you can read what is kept and who can see it."),
    ]
    if at.live:
        parts.append(Button(Action.READ_ON, "Read on", primary=True))
    return Card(CardKind.HELLO, tuple(parts), at.post.subject)


_TERMS_TITLE = "What is kept, and who can see it"


def terms_version(*, words_by_mail: bool) -> str:
    return f"{TERMS_VERSION}{BY_MAIL if words_by_mail else ''}"


def terms_paragraphs(retention_months: int, contact: str, *, words_by_mail: bool = False) -> tuple[str, ...]:
    """What a person agrees to, to the letter."""
    mail = (
        "What you share with the facilitators, they also get by mail, once a week. A mail cannot be taken back: "
        "what you change or remove later, and what I delete, stays in it. I say so again where you choose.",
    )
    months = "1 month" if retention_months == 1 else f"{retention_months} months"
    return (
        "Only you can see what you write here, unless you choose otherwise. For each part of an answer you "
        "decide afresh whether your partner may see it, and whether the facilitators may. If you choose "
        "nothing, nobody else sees it. The facilitators do see how many of each pair answered, as a number.",
        f"Your words are kept for at most {months} and then deleted. You can change them, remove them or take "
        "them back before that. What somebody has read already cannot be unread.",
        *(mail if words_by_mail else ()),
        "A court can ask for what you have written.",
        "If you write in an organisation’s Slack or Teams, that organisation may be able to read it, even after "
        "you have deleted it. The web page is always there instead, and does the same.",
        "I am a bot. Nobody reads this as you write it. If you write that somebody is in danger, I show you who "
        "to ring. I tell nobody.",
        f"If something here worries you, you can turn to {contact}. They belong to neither organisation.",
        "If you agree, that is kept too, with the day and this wording. You can withdraw it at any time, and nobody "
        "is told. Before you agree, nothing you write is kept. If you would rather not now, leave this as it is: it "
        "stays here for you.",
    )


def terms_wording(retention_months: int, contact: str, *, words_by_mail: bool = False) -> str:
    """The exact wording that is stored with a consent."""
    paragraphs = terms_paragraphs(retention_months, contact, words_by_mail=words_by_mail)
    return "\n\n".join((_TERMS_TITLE, *paragraphs))


def terms(at: Desk) -> Card:
    view, by_mail = at.view, at.view.words_by_mail
    parts: list[Part] = [Text(_TERMS_TITLE, Role.LEAD)]
    parts += [
        Text(each) for each in terms_paragraphs(view.retention_months, view.contact, words_by_mail=by_mail)
    ]
    if at.live:
        # What is agreed to is what stands here, also if the programme changes before it is pressed.
        version = terms_version(words_by_mail=by_mail)
        parts.append(Button(Action.AGREE, "I agree", primary=True, subject=version))
    return Card(CardKind.TERMS, tuple(parts), at.post.subject)


def your_words(at: Desk) -> Card | None:
    words = at.view.words_for_me
    typed = at.view.drafts.get("words", words)
    if at.live:
        return Card(
            CardKind.YOUR_WORDS,
            (
                Text("What words would you use for yourself here?", Role.LEAD),
                Text(
                    "A name that somebody else picks can be the wrong one. If I ever need a word for you, "
                    "I use yours and no other."
                ),
                Input(
                    "words",
                    "Your words for yourself",
                    "You can leave it empty, and change it at any time. Only you can see it.",
                    typed,
                    WORDS_LIMIT,
                    lines=2,
                ),
                Button(Action.CHOOSE_WORDS, "Use these words", primary=True),
                Button(Action.CHOOSE_WORDS, "Leave it empty", subject=EMPTY),
            ),
            at.post.subject,
        )
    if not agreed(at.view):
        return None
    none = Text("You have chosen no words for yourself.")
    parts: list[Part] = [Quote(words, by="Your words for yourself") if words else none]
    if listens(at.view):
        fold = "" if "words" in at.view.drafts else "Change your words"
        hint = "You can leave it empty. Only you can see it."
        parts += [
            Input("words", "Your words for yourself", hint, typed, WORDS_LIMIT, lines=2, fold=fold),
            Button(Action.CHOOSE_WORDS, "Use these words"),
        ]
    return Card(CardKind.YOUR_WORDS, tuple(parts), at.post.subject)


def challenge(at: Desk) -> Card | None:
    view = at.view
    if not agreed(view):
        return None
    if view.proposal is not None and not view.proposal.confirmed:
        return _proposed(at, view.proposal)
    if view.challenge is not None:
        parts: tuple[Part, ...] = (
            Quote(view.challenge.text, by="The challenge you share"),
            *_wording(at, view.challenge.text, "A new wording counts once you have both agreed to it."),
        )
        return Card(CardKind.CHALLENGE, parts, str(view.challenge.version))
    if not view.partner_joined:
        return Card(
            CardKind.CHALLENGE,
            (
                Text("The challenge you share", Role.TITLE),
                Text(
                    why_alone(view)
                    if view.partner_left
                    else f"{why_alone(view)} Once they are, the two of you can put it into words."
                ),
            ),
        )
    parts = (
        Text("What is the one thing that the two of you are working on?", Role.LEAD),
        Text(
            "Your partner sees what you write as soon as you send it. They can agree to it or change it. "
            "Once you both agree, my questions quote it."
        ),
        *_wording(at, "", "In your own words."),
    )
    return Card(CardKind.CHALLENGE, parts)


def _proposed(at: Desk, proposal: ChallengeView) -> Card:
    standing = at.view.challenge
    until = [Quote(standing.text, by="Until you both agree, this one stands")] if standing is not None else []
    wording = _wording(at, proposal.text, "Your partner then sees yours.")
    if proposal.mine or proposal.i_confirmed:
        parts: tuple[Part, ...] = (
            Quote(proposal.text, by="You have put your challenge like this"),
            Text("Your partner can agree to it or change it. My questions quote it once you both agree."),
            *until,
            *wording,
        )
    else:
        confirm = [Button(Action.CONFIRM, "These words are right", primary=True)] if listens(at.view) else []
        parts = (
            Quote(proposal.text, by="Your partner has put your challenge like this"),
            Text("If these words are right for you too, say so. If not, write your own for them to see."),
            *until,
            *confirm,
            *wording,
        )
    return Card(CardKind.CHALLENGE, parts, str(proposal.version))


def _wording(at: Desk, text: str, hint: str) -> list[Part]:
    """The box for wording the challenge: open while there are no words yet, else behind a fold."""
    if not listens(at.view):
        return []
    typed = at.view.drafts.get("challenge")
    return [
        Input(
            "challenge",
            "Your challenge",
            f"{hint} At most {CHALLENGE_LIMIT} characters.",
            text if typed is None else typed,
            CHALLENGE_LIMIT,
            lines=2,
            fold="Word it differently" if text and typed is None else "",
        ),
        Button(Action.PROPOSE, "Send it to my partner", primary=not text),
    ]


def ready(at: Desk) -> Card | None:
    if not agreed(at.view):
        return None
    asked = at.view.next_ask_at
    if asked:
        coming = f"Your next question comes on {at.when.moment(asked)}."
    elif is_after_last(at.view, at.when.seen):
        coming = "The modules are over, and there is no question to come any more."
    else:
        coming = "Your question comes when it is due."
    return Card(
        CardKind.READY,
        (
            Text("That is all for now.", Role.TITLE),
            Text(coming),
            Text(
                "You can answer it, ask for another, put it off or skip it. "
                "Pause and Stop work at any time, and nobody is told."
            ),
            *_not_here_yet(at.view),
        ),
        at.post.subject,
    )


def _not_here_yet(view: MemberView) -> list[Part]:
    """For whoever came first, or goes on alone."""
    if view.partner_joined:
        return []
    if view.partner_left:
        return [Text(f"{why_alone(view)} My questions are for you alone.")]
    return [Text(f"{why_alone(view)} You need not wait: until they are, my questions are for you alone.")]


def before_consent(at: Desk) -> Card:
    return Card(
        CardKind.BEFORE_CONSENT,
        (
            Text("What you just wrote was not kept.", Role.TITLE),
            Text("Nothing is kept before you have read who can see it, and agreed."),
        ),
        at.post.subject,
    )
