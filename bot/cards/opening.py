"""The opening: two voices and the line between them, the one turn that each has, and its answer.

Nothing here can show a partner's words early: a view holds none before the opening instant.
"""

from bot.cards.live import Desk, follow_up_text, listens, parts_of, prompt_text, question_text
from bot.cards.sharing import NOT_OPENED, edits
from bot.conversation.state import RoundState
from bot.messages import Action, Button, Card, CardKind, Divider, Input, Link, Part, Quote, Role, Text
from bot.view import RoundView, Turn

MINE, THEIRS = 1, 2
YOURS, PARTNERS = "Your words", "Your partner’s words"
_LATER = "You can take them back later. What was read by then stays read."
_CHANGED = "A change reaches your partner too, marked as changed. What was read stays read."


def opened(at: Desk) -> Card | None:
    round_ = at.round
    if round_ is None or round_.state is not RoundState.OPENED:
        return None
    parts: list[Part] = [
        Text(f"Opened for both of you on {at.when.moment(round_.opens_at)}.", Role.WHEN),
        Text(question_text(at.prompts, round_.question), Role.TITLE),
        *voices(at, round_),
    ]
    bridge = at.prompts.bank.bridges.get(round_.bridge)
    if bridge is not None:
        parts += [Divider(), Text(bridge.text, Role.LEAD)]
    parts += _turn_of_mine(at, round_)
    if at.view.conversation.muted:
        parts += _mute(at)
    for part in parts_of(round_):
        parts += edits((part,), at.view, _CHANGED if part.sharing.partner else "")
    return Card(CardKind.OPENED, tuple(parts), at.post.subject)


def voices(at: Desk, round_: RoundView, mine: str = YOURS, theirs: str = PARTNERS) -> list[Part]:
    """What the two let each other read, by the names that they go by here."""
    return [*_mine(at, round_, mine), *_theirs(at, round_, theirs)]


def _mine(at: Desk, round_: RoundView, by: str) -> list[Part]:
    shown = [part for part in parts_of(round_) if part.opened and part.sharing.partner]
    if not shown:
        return [Quote("", by, "You took them back.", MINE)]
    return [
        Quote(part.text, by, "", MINE, follow_up_text(at.prompts, round_, part)[0] if part.ordinal else "")
        for part in shown
    ]


def _theirs(at: Desk, round_: RoundView, by: str) -> list[Part]:
    other = (
        ""
        if round_.other_question in ("", round_.question)
        else question_text(at.prompts, round_.other_question)
    )
    parts: list[Part] = []
    for heard in sorted(round_.heard, key=lambda heard: heard.ordinal):
        asked = prompt_text(at.prompts, heard.prompt) if heard.ordinal else other
        if heard.elsewhere:
            return [Quote("", by, ON_THE_PAGE, THEIRS), TO_THE_PAGE]
        note = "Taken back." if heard.text is None else "Changed since the opening." if heard.changed else ""
        parts.append(Quote(heard.text or "", by, note, THEIRS, asked if heard.text is not None else ""))
    return parts or [Quote("", by, "Taken back.", THEIRS)]


ON_THE_PAGE = "You can read them on your page, where they stay between the two of you."
TO_THE_PAGE = Link("/", "Read them on my page")


def _turn_of_mine(at: Desk, round_: RoundView) -> list[Part]:
    mine = next((turn for turn in round_.turns if turn.mine), None)
    if mine is not None:
        return _said(mine) + _unsay(mine)
    newest = max(each.opens_at for each in at.view.rounds.values() if each.state is RoundState.OPENED)
    if not listens(at.view) or round_.opens_at != newest:
        return []
    draft = f"say-back:{round_.id}"
    return [
        Input(
            "text",
            "Ask or say one thing back",
            "You have one turn. It goes off as soon as you send it: your partner is told that something is there, "
            f"and if they choose to read it, they read exactly these words. {_LATER}",
            at.view.drafts.get(draft, ""),
            lines=4,
            draft=draft,
        ),
        Button(Action.SAY_BACK, "Send it word for word", primary=True),
    ]


def _said(mine: Turn) -> list[Part]:
    said: list[Part] = [Quote(mine.text or "", _i(mine), "" if mine.text else _MY_OWN)]
    if mine.elsewhere:
        said += [Quote("", "Your partner answered", ON_THE_PAGE), TO_THE_PAGE]
    elif mine.answer or mine.answer_taken_back:
        said.append(Quote(mine.answer or "", "Your partner answered", "" if mine.answer else "Taken back."))
    return said


_MY_OWN = "You took it back."


def _i(mine: Turn) -> str:
    return "You asked" if mine.asks else "You said"


def spoken(round_: RoundView) -> list[Part]:
    """What somebody said back in a round, and answered, without the other's words; and how to take it back."""
    parts: list[Part] = []
    for turn in round_.turns:
        if turn.mine and turn.text:
            parts += [Quote(turn.text, _i(turn)), Text(_CAN_READ), *_unsay(turn)]
        elif not turn.mine and turn.answer:
            parts += [Quote(turn.answer, "You answered your partner"), Text(_CAN_READ), *_unsay_answer(turn)]
    return parts


_CAN_READ = "Your partner can read it."
_FOR_GOOD = (
    "It is gone for good, for both of you. Where it stood, your partner reads that it was taken back. "
    "What they have read cannot be unread. You cannot say anything in its place."
)


def _unsay(mine: Turn) -> list[Part]:
    """The way to take back what one said, in any standing."""
    if not mine.text:
        return []
    fold = "Take back what you asked" if mine.asks else "Take back what you said"
    stays = " Their answer stays theirs." if mine.answer else ""
    return [Button(Action.UNSAY, "Take it back for good", fold=fold, hint=_FOR_GOOD + stays)]


def _unsay_answer(theirs: Turn) -> list[Part]:
    if not theirs.answer:
        return []
    return [
        Button(
            Action.UNSAY_ANSWER,
            "Take it back for good",
            fold="Take back what you answered",
            hint=_FOR_GOOD,
        )
    ]


def not_opened(at: Desk) -> Card:
    return Card(CardKind.NOT_OPENED, (Text(f"{NOT_OPENED}.", Role.TITLE),), at.post.subject)


def turn(at: Desk) -> Card | None:
    round_ = at.round
    theirs = next((turn for turn in round_.turns if not turn.mine), None) if round_ else None
    if round_ is None or theirs is None or round_.state is not RoundState.OPENED:
        return None
    if theirs.taken_back:
        parts = _taken_back(theirs)
    else:
        parts = _unread(at, theirs) if theirs.text is None else _read(at, round_, theirs)
    return Card(CardKind.TURN, tuple(parts), at.post.subject)


_MUTED = "What your partner says back stays away from you from now on. They are not told."


def _mute(at: Desk) -> list[Part]:
    """The way to hear no more of it, or again."""
    if not listens(at.view):
        return []
    if at.view.conversation.muted:
        return [Text(_MUTED), Button(Action.UNMUTE, "Let it through again")]
    return [Button(Action.MUTE, "Bring me none of these from now on")]


def _unread(at: Desk, theirs: Turn) -> list[Part]:
    came = "asked you something" if theirs.asks else "said something"
    if theirs.elsewhere:
        return [
            Text(f"Your partner has {came}, about what opened.", Role.TITLE),
            Text(ON_THE_PAGE),
            TO_THE_PAGE,
            *_mute(at),
        ]
    if theirs.declined:
        parts: list[Part] = [Text(f"Your partner has {came}. You left it unread.")]
        return [*parts, Button(Action.READ, "Read it after all"), *_mute(at)] if listens(at.view) else parts
    parts = [
        Text(f"Your partner has {came}, about what opened.", Role.TITLE),
        Text("It is here word for word. You can read it or leave it. They are not told which."),
    ]
    if listens(at.view):
        parts += [
            Button(Action.READ, "Read it", primary=True),
            Button(Action.LEAVE_UNREAD, "Leave it unread"),
        ]
    return parts + _mute(at)


def _taken_back(theirs: Turn) -> list[Part]:
    """Once it is taken back, whether it had been read makes no difference any more."""
    had = "asked you something" if theirs.asks else "said something"
    return [
        Text(f"Your partner had {had}, about what opened, and has taken it back.", Role.TITLE),
        Text("The words are gone. Nothing is asked of you."),
        *_answered(theirs),
    ]


def _answered(theirs: Turn) -> list[Part]:
    if theirs.answer_taken_back:
        return [Quote("", "You answered", _MY_OWN)]
    return [Quote(theirs.answer, "You answered"), *_unsay_answer(theirs)] if theirs.answer else []


def _read(at: Desk, round_: RoundView, theirs: Turn) -> list[Part]:
    parts: list[Part] = [
        Quote(theirs.text or "", "Your partner asked" if theirs.asks else "Your partner said")
    ]
    if theirs.answer or theirs.answer_taken_back:
        parts += _answered(theirs)
    elif theirs.asks and listens(at.view):
        draft = f"answer-back:{round_.id}"
        parts += [
            Input(
                "text",
                "Your answer",
                "One answer, if you like. As soon as you send it, your partner can read exactly these words. "
                f"{_LATER}",
                at.view.drafts.get(draft, ""),
                lines=4,
                draft=draft,
            ),
            Button(Action.ANSWER_BACK, "Send your answer word for word", primary=True),
        ]
    return parts


def turn_answer(at: Desk) -> Card | None:
    round_ = at.round
    mine = next((turn for turn in round_.turns if turn.mine), None) if round_ else None
    if round_ is None or mine is None or round_.state is not RoundState.OPENED:
        return None
    if not (mine.answer or mine.answer_taken_back):
        return None
    return Card(CardKind.TURN_ANSWER, tuple(_said(mine) + _unsay(mine)), at.post.subject)
