"""Sharing: who may see which part, said beside the control that decides it, and how to change it later."""

from collections.abc import Iterable
from dataclasses import replace

from bot.cards.asking import message, send
from bot.cards.live import Desk, follow_up_text, is_over, listens, parts_of, why_alone, withdrew
from bot.conversation.state import RoundState, State
from bot.messages import Action, Button, Card, CardKind, Choices, Input, Option, Part, Quote, Role, Text
from bot.model import Facilitators, Sharing
from bot.view import MemberView, RoundView, Written

NO, YES, CHATS = "no", "yes", "chats"
PARTNER, FACILITATORS = "partner", "facilitators"
FACILITATORS_BY_MAIL = "facilitators-by-mail"
"""What a choice is called where it says that the facilitators get words by mail: so nobody's earlier one means that."""

NOT_OPENED = "Not opened this time"


def who_sees(at: Desk) -> Card | None:
    round_ = at.round
    if round_ is None:
        return None
    parts: list[Part] = [Text("Who may see what you wrote?", Role.LEAD)]
    written = parts_of(round_)
    if not at.live:
        parts += [Text(said) for said in all_seen_by(at, round_)]
        return Card(CardKind.WHO_SEES, tuple(parts), at.post.subject)
    parts += choices(at, round_)
    if not written:
        parts.append(Text("Nothing is written here any more, so there is nothing to choose."))
    chooses = any(isinstance(part, Choices) for part in parts)
    parts.append(Button(Action.CHOOSE, "Keep these choices" if chooses else "Go on", primary=True))
    return Card(CardKind.WHO_SEES, tuple(parts), at.post.subject)


def choices(at: Desk, round_: RoundView) -> Iterable[Part]:
    """For each part that is written: its words, and who may see them."""
    ahead = not round_.solo and not is_over(at.view, round_)
    written = parts_of(round_)
    opened = any(part.opened for part in written)
    by_themselves, narrow = at.view.conversation.went_on_at is not None, withdrew(at.view)
    if round_.solo:
        upward = "yours alone" if by_themselves else "between you and, if you like, the facilitators"
        yield Text(f"{why_alone(at.view)} So this is {upward}.")
    elif not ahead and not opened:
        yield Text("The opening has passed, so this no longer reaches your partner.")
    for part in written:
        first = part is written[0]
        asked, quoted = follow_up_text(at.prompts, round_, part) if part.ordinal else ("", "")
        if asked:
            yield Text(asked, Role.TITLE, quoted)
        yield Quote(part.text, by="Your answer" if part.ordinal == 0 else "What you added")
        if ahead:
            yield from _open_to(_partner(at, round_, part, first=first), narrow)
        elif part.opened:
            yield from _open_to(_still(at, part, first=first), narrow)
        yield from _open_to(_facilitators(at, round_, part, ahead, first=first), narrow or by_themselves)


def _open_to(choices: Choices, narrow: bool) -> Iterable[Choices]:
    """The choices as they can be made: if `narrow`, nothing but taking back what stands."""
    if not narrow:
        yield choices
    elif choices.chosen != NO:
        left = tuple(each for each in choices.options if each.value in (NO, choices.chosen))
        yield replace(choices, options=left)


def _still(at: Desk, part: Written, *, first: bool) -> Choices:
    """After the opening: what the partner was shown can be taken back, and given again."""
    return Choices(
        f"{PARTNER}:{part.id}",
        f"May your partner still see {_it(part)}?",
        (
            Option(NO, "No, take it back", "What they have read cannot be unread." if first else ""),
            *_yes(at, first=first),
        ),
        _chosen(part),
    )


def _yes(at: Desk, when: str = "", *, first: bool) -> Iterable[Option]:
    """The partner's page, and where some of the programme are reached in a chat, that too if its author likes."""
    if not at.view.chats:
        yield Option(YES, "Yes, my partner", when)
        return
    yield Option(YES, "Yes, on my partner’s page", when)
    yield Option(
        CHATS,
        "Yes, and in their Slack or Teams too",
        "If they use one. Their organisation may be able to read it there, even after you take it back."
        if first
        else "If they use one. Their organisation may be able to read it there.",
    )


def _chosen(part: Written) -> str:
    if not part.sharing.partner:
        return NO
    return CHATS if part.sharing.chats else YES


def _partner(at: Desk, round_: RoundView, part: Written, *, first: bool) -> Choices:
    """What holds for every part is said in full beside the `first`, and in fewer words beside the next."""
    opens = at.when.moment(round_.opens_at)
    when = (
        f"On {opens}, and only if both of you share. Until then you can take it back, and nobody can tell."
        if first
        else f"On {opens} too, and only if both of you share. Until then you can take it back."
    )
    return Choices(
        f"{PARTNER}:{part.id}",
        f"May your partner see {_it(part)}?",
        (
            Option(NO, "No, only me"),
            *_yes(at, when, first=first),
        ),
        _chosen(part),
    )


def _facilitators(
    at: Desk, round_: RoundView, part: Written, before_opening: bool, *, first: bool
) -> Choices:
    by_mail = at.view.words_by_mail
    after = (
        f"After {at.when.moment(round_.opens_at)}, in their weekly page"
        if before_opening
        else "In their next weekly page"
    )
    if by_mail:
        after += ", and by mail. A mail cannot be taken back" if first else ", and by mail"
    return Choices(
        f"{FACILITATORS_BY_MAIL if by_mail else FACILITATORS}:{part.id}",
        f"May the facilitators see {_it(part)}?",
        (
            Option(Facilitators.NO.value, "No", _IN_A_MAIL if part.mailed else ""),
            Option(Facilitators.NAMED.value, "Yes, with my name", f"{after}."),
            Option(
                Facilitators.UNNAMED.value,
                "Yes, without my name",
                "The same, and with few people in a programme they may still guess that it is you."
                if first
                else "The same, and they may still guess that it is you.",
            ),
        ),
        part.sharing.facilitators.value,
    )


_IN_A_MAIL = "They have it in a mail already, and a mail cannot be taken back."


def _it(part: Written) -> str:
    return "your answer" if part.ordinal == 0 else "what you added"


def waiting(at: Desk) -> Card | None:
    round_ = at.round
    if round_ is None:
        return None
    c = at.view.conversation
    current = c.round == round_.id
    if current and c.state is State.ASKED:
        return Card(CardKind.WAITING, tuple(_put_off(at, round_)), at.post.subject)
    written = parts_of(round_)
    if not written:
        return Card(CardKind.WAITING, tuple(_unanswered(at, round_)), at.post.subject)
    over = is_over(at.view, round_)
    parts: list[Part] = [Text("Kept.", Role.TITLE)]
    parts += [Text(said) for said in all_seen_by(at, round_)]
    if at.live and not over and not round_.solo:
        parts.append(
            Text(
                f"The opening is on {at.when.moment(round_.opens_at)}. Until then you can change all of this, and "
                f"nobody can tell. If either of you has shared nothing by then, you both read “{NOT_OPENED}”.",
                Role.HINT,
            )
        )
    if at.live and c.answered:
        parts.append(Button(Action.CHOOSE_AGAIN, "Change who may see it"))
    if not (current and c.state in (State.ANSWERING, State.FOLLOWED_UP, State.CHOOSING)):
        parts += edits(written, at.view)
    return Card(CardKind.WAITING, tuple(parts), at.post.subject)


def _put_off(at: Desk, round_: RoundView) -> Iterable[Part]:
    remind = at.view.conversation.remind_at
    yield Text("Put off.", Role.TITLE)
    said = f"I come back to it on {at.when.moment(remind)}." if remind else "The question stays here."
    if not round_.solo and not is_over(at.view, round_):
        said += f" Its opening stays where it is, on {at.when.moment(round_.opens_at)}."
    yield Text(
        said + (" You can answer it at any time before." if remind else " You can answer it when you like.")
    )


def _unanswered(at: Desk, round_: RoundView) -> Iterable[Part]:
    yield Text("Skipped." if round_.skipped else "Nothing is written here.", Role.TITLE)
    if not at.live or at.view.conversation.answered or not listens(at.view):
        return
    if round_.solo:
        yield Text("If you want to answer it after all, you still can.")
    elif is_over(at.view, round_):
        yield Text("If you want to answer it after all, you still can, for yourself.")
    else:
        yield Text(
            f"If you want to answer it after all, you can. It opens on {at.when.moment(round_.opens_at)}."
        )
    yield message(at, 0)
    yield send(at, 0, primary=False)


def edits(written: Iterable[Written], view: MemberView, hint: str = "") -> list[Part]:
    """A folded box for each part, to change or remove it: allowed in every state, but for new words without consent.

    What was typed into one and could not be taken stands in it again, unfolded.
    """
    parts: list[Part] = []
    for part in written:
        name = f"text:{part.id}"
        fold = "Change or remove your answer" if part.ordinal == 0 else "Change or remove what you added"
        label = "Your answer" if part.ordinal == 0 else "What you added"
        if not withdrew(view):
            typed = view.drafts.get(name)
            value = part.text if typed is None else typed
            parts.append(Input(name, label, hint, value, fold=fold if typed is None else ""))
            parts.append(Button(Action.EDIT, "Save the change", subject=part.id))
        parts.append(
            Button(
                Action.REMOVE,
                "Remove it for good",
                subject=part.id,
                fold="Remove your answer" if part.ordinal == 0 else "Remove what you added",
                hint=_removed(part),
            )
        )
    return parts


def _removed(part: Written) -> str:
    """What becomes of a part that is removed, said before it is."""
    said = "These words are deleted for good, and nobody can see them any more. This cannot be undone."
    if part.mailed:
        said = "These words are deleted here for good. They stay in the mail that the facilitators got."
    if part.opened and part.sharing.partner:
        said += " Your partner reads that they were taken back. What was read cannot be unread."
    elif part.sharing.partner:
        said += " They will not reach your partner."
    return said + " Whatever else you wrote stays."


def all_seen_by(at: Desk, round_: RoundView) -> list[str]:
    """Who can see each part, as sentences."""
    return [
        f"{'Your answer' if part.ordinal == 0 else 'What you added'}: {who_can_see(at, round_, part.sharing)}"
        for part in parts_of(round_)
    ]


def who_can_see(at: Desk, round_: RoundView, sharing: Sharing) -> str:
    """Who can see one part now or will, in words."""
    over = is_over(at.view, round_)
    ahead = not over and not round_.solo
    said = []
    too = ", in their Slack or Teams too" if sharing.chats else ""
    if sharing.partner and ahead:
        said.append(f"your partner sees it on {at.when.moment(round_.opens_at)}{too}, if they share too.")
    elif sharing.partner and round_.state is RoundState.OPENED:
        said.append(f"your partner can see it{too}.")
    if sharing.facilitators is not Facilitators.NO:
        name = "with your name" if sharing.facilitators is Facilitators.NAMED else "without your name"
        when = "after the opening, " if ahead else ""
        mail = ", and by mail" if sharing.by_mail and at.view.words_by_mail else ""
        said.append(f"the facilitators see it {when}{name}{mail}.")
    first, *rest = said or ["only you can see it."]
    return " ".join([first, *(sentence[0].upper() + sentence[1:] for sentence in rest)])
