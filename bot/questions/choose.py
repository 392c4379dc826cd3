"""Which question a pair is asked next, and the reason that both can be told.

It reads only what both have seen: the questions asked so far, whether each opened, the module's theme. A
private reply never reaches it, or "why this question?" would give that reply away. The same facts always
give the same choice; ties fall by a hash of the round's key, so that different pairs get different questions.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import assert_never

from bot.questions.bank import Bank, Bridge, Depth, Question, Theme
from bot.questions.wording import words


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was put to both, and whether their answers opened."""

    question_id: str
    opened: bool


class Because(StrEnum):
    MODULE = "the module is about it"
    BALANCE = "it has come up least"
    NEAR = "nothing is left on the module's theme, and this lies beside it"
    AGAIN = "everything has been asked"
    LAST = "it is the last one"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why this theme, and the depth of the pair's last question on it (None if there was none)."""

    because: Because
    last: Depth | None
    module: Theme | None


@dataclass(frozen=True, slots=True)
class Choice:
    question: Question
    reason: Reason


# Where to go when a theme has nothing left: what lies beside it, nearest first.
NEAR: Mapping[Theme, tuple[Theme, ...]] = {
    Theme.CHALLENGE: (Theme.NEXT, Theme.CHANGED, Theme.EXPECTATIONS),
    Theme.ASSUMPTIONS: (Theme.DIFFERENCE, Theme.LANGUAGE, Theme.TRUST),
    Theme.POWER: (Theme.VOICE, Theme.FOLLOWING, Theme.EXPECTATIONS),
    Theme.VOICE: (Theme.POWER, Theme.CHANGED, Theme.LANGUAGE),
    Theme.FOLLOWING: (Theme.POWER, Theme.ROLES, Theme.TRUST),
    Theme.LANGUAGE: (Theme.ASSUMPTIONS, Theme.VOICE, Theme.DIFFERENCE),
    Theme.TRUST: (Theme.FEELING, Theme.ASSUMPTIONS, Theme.FOLLOWING),
    Theme.FEELING: (Theme.TRUST, Theme.DIFFERENCE, Theme.VOICE),
    Theme.EXPECTATIONS: (Theme.ROLES, Theme.POWER, Theme.TIME),
    Theme.ROLES: (Theme.EXPECTATIONS, Theme.FOLLOWING, Theme.TIME),
    Theme.TIME: (Theme.EXPECTATIONS, Theme.ROLES, Theme.POWER),
    Theme.DIFFERENCE: (Theme.ASSUMPTIONS, Theme.FEELING, Theme.LANGUAGE),
    Theme.CHANGED: (Theme.NEXT, Theme.CHALLENGE, Theme.VOICE),
    Theme.NEXT: (Theme.CHANGED, Theme.CHALLENGE, Theme.FOLLOWING),
}


ENDING = frozenset({Theme.CHANGED, Theme.NEXT})
"""What the last question of a programme is about."""


def choose(
    bank: Bank,
    *,
    theme: Theme | None,
    asked: Sequence[Asked],
    round_key: str,
    seen: Collection[str] = frozenset(),
    challenge_confirmed: bool = True,
    last: bool = False,
) -> Choice:
    """The next question for both. `asked` is the pair's history, oldest first; `theme` the module's, if any.

    `seen` are further ids to leave out. Only what both know of belongs in it: a question that one of them
    swapped in privately would steer, and so tell, the other. For that one alone `another` finds a new one.
    The `last` one of a programme looks back at what changed, or on to what comes next.
    """
    past = {one.question_id for one in asked}.union(seen)
    askable = [q for q in bank.questions.values() if challenge_confirmed or not speaks_of_challenge(q)]
    if last:
        askable = [q for q in askable if q.theme in ENDING] or askable
    fresh = [q for q in askable if q.id not in past]
    if not fresh:
        question = min(askable, key=lambda q: (_last_asked(q.id, asked), _tie(round_key, q.id)))
        return Choice(question, Reason(Because.AGAIN, _last_depth(bank, question, asked), theme))

    of_theme, because = _theme_next(bank, theme, fresh, asked, round_key)
    because = Because.LAST if last else because
    candidates = [q for q in fresh if q.theme is of_theme]
    order = _depths(bank, of_theme, asked)
    question = min(candidates, key=lambda q: (order.index(q.depth), _tie(round_key, q.id)))
    return Choice(question, Reason(because, _last_depth(bank, question, asked), theme))


def another(
    bank: Bank,
    *,
    instead_of: Question,
    seen: Collection[str],
    round_key: str,
    challenge_confirmed: bool = True,
) -> Question | None:
    """For one person who asks for another question: never one they have seen, never a deeper one.

    The same theme first, then what lies beside it, then any; None once they have seen all there is.
    """
    near = (instead_of.theme, *NEAR[instead_of.theme])
    candidates = [
        q
        for q in bank.questions.values()
        if q.id not in seen
        and q.id != instead_of.id
        and q.depth <= instead_of.depth
        and (challenge_confirmed or not speaks_of_challenge(q))
    ]

    def distance(q: Question) -> tuple[int, int, str]:
        theme = near.index(q.theme) if q.theme in near else len(near)
        return theme, -q.depth, _tie(round_key, q.id)

    return min(candidates, key=distance, default=None)


def bridge(bank: Bank, *, used: Sequence[str], round_key: str) -> Bridge:
    """The question at an opening: one the pair has not had, else the one it had longest ago."""
    last = {id_: position for position, id_ in enumerate(used)}
    return min(bank.bridges.values(), key=lambda b: (last.get(b.id, -1), _tie(round_key, b.id)))


def speaks_of_challenge(question: Question) -> bool:
    """Makes sense only to a pair that has confirmed its challenge."""
    return question.theme is Theme.CHALLENGE or "challenge" in words(question.text)


def explain(choice: Choice) -> str:
    """The answer to "why this question?", the same words for both."""
    sentences = [_because(choice), _going(choice), choice.question.why]
    return " ".join(sentence for sentence in sentences if sentence)


def _because(choice: Choice) -> str:
    theme, reason = choice.question.theme.value, choice.reason
    match reason.because:
        case Because.MODULE:
            return f"The module is about {theme}."
        case Because.BALANCE if reason.last is None:
            return f"You two have not had a question about {theme} yet."
        case Because.BALANCE:
            return f"It is a while since the two of you were asked about {theme}."
        case Because.NEAR:
            module = reason.module.value if reason.module else "the module"
            return f"No question is left about {module} just now, and {theme} lies close to it."
        case Because.LAST:
            return "This one looks ahead." if choice.question.theme is Theme.NEXT else "This one looks back."
        case Because.AGAIN:
            return "You have both been asked all there is, so this one comes round again."
        case _ as never:
            assert_never(never)


_ASKED_ABOUT = {Depth.WHAT: "what happened", Depth.SO_WHAT: "what it means", Depth.NOW_WHAT: "what follows"}


def _going(choice: Choice) -> str:
    depth, last = choice.question.depth, choice.reason.last
    if choice.reason.because is Because.AGAIN:
        return ""
    if last is None:
        return f"It begins with {_ASKED_ABOUT[depth]}."
    if depth > last:
        return f"Last time you were both asked {_ASKED_ABOUT[last]}; this goes one step further."
    if depth == last:
        return f"Like the last one on this, it asks {_ASKED_ABOUT[depth]}."
    return f"It goes back to {_ASKED_ABOUT[depth]}."


def _theme_next(
    bank: Bank, module: Theme | None, fresh: Sequence[Question], asked: Sequence[Asked], round_key: str
) -> tuple[Theme, Because]:
    left = {q.theme for q in fresh}
    if module in left and module is not None:
        return module, Because.MODULE
    counts = _times_asked(bank, asked)

    def neglect(theme: Theme) -> tuple[int, str]:
        return counts[theme], _tie(round_key, theme.name)

    if module is not None and (beside := [theme for theme in NEAR[module] if theme in left]):
        # `min` keeps the first of equals, and the first is the nearest.
        return min(beside, key=lambda theme: counts[theme]), Because.NEAR
    return min(left, key=neglect), Because.BALANCE


def _times_asked(bank: Bank, asked: Iterable[Asked]) -> dict[Theme, int]:
    counts = dict.fromkeys(Theme, 0)
    for one in asked:
        if question := bank.questions.get(one.question_id):
            counts[question.theme] += 1
    return counts


def _last_on(bank: Bank, theme: Theme, asked: Sequence[Asked]) -> tuple[Depth, bool] | None:
    """The depth of the pair's last question on a theme, and whether it opened."""
    for one in reversed(asked):
        question = bank.questions.get(one.question_id)
        if question and question.theme is theme:
            return question.depth, one.opened
    return None


def _depths(bank: Bank, theme: Theme, asked: Sequence[Asked]) -> list[Depth]:
    """The depths in the order they are wanted.

    One step up where the last one opened, the same again where it did not, afresh after the last step.
    """
    last = _last_on(bank, theme, asked)
    if last is None:
        return [Depth.WHAT, Depth.SO_WHAT, Depth.NOW_WHAT]
    depth, opened = last
    if depth is Depth.NOW_WHAT and opened:
        return [Depth.WHAT, Depth.SO_WHAT, Depth.NOW_WHAT]
    wanted = Depth(depth + 1) if opened else depth
    lower = [d for d in reversed(Depth) if d < wanted]
    # A depth that has run out counts as a step taken, so that what lies above it can still be reached.
    return [wanted, *lower, *(d for d in Depth if d > wanted)]


def _last_depth(bank: Bank, question: Question, asked: Sequence[Asked]) -> Depth | None:
    last = _last_on(bank, question.theme, asked)
    return last[0] if last else None


def _last_asked(question_id: str, asked: Sequence[Asked]) -> int:
    return max((position for position, one in enumerate(asked) if one.question_id == question_id), default=-1)


def _tie(round_key: str, name: str) -> str:
    return sha256(f"{round_key}\n{name}".encode()).hexdigest()
