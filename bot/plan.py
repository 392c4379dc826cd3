"""Planning a pair's next round: which week, which question, when each is asked, when it opens. Pure.

It reads only what both have seen. The opening instant is fixed here and never moves; nothing that either of
them does before it can be read from it. Rounds are planned from the first module until the last; after its day
comes one more, the closing round. After that it is looked at each week, for every pair alike, whether both would like
to go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.conversation.state import PairState, RoundState
from bot.ids import derive
from bot.model import Ask, Module, Round
from bot.questions import choose as choosing
from bot.questions.bank import Bank, Theme
from bot.rows import Half, PairPlan
from bot.when import DAY, ENOUGH, after_last, ask_at, instant, kept_until, next_weekly, opening_at

AHEAD = timedelta(days=1)
"""How long before its first question a round is planned."""


@dataclass(frozen=True, slots=True)
class Planned:
    """The next round, if there is one to plan now, and when to plan again.

    `goes_on` says that with it the two go on by themselves.
    """

    round: Round | None
    reason: str
    again_at: datetime | None
    goes_on: bool = False


def _has_ended(plan: PairPlan, now: datetime) -> bool:
    """Whether a pair's closing round has opened or not opened, and no later module has come since."""
    closed_at = plan.closed_at
    return (
        closed_at is not None
        and closed_at <= now
        and after_last(plan.modules, closed_at, plan.programme.zone)
    )


def plan_round(plan: PairPlan, bank: Bank, due_at: datetime, now: datetime) -> Planned:
    """Plan the round of the week after `due_at`, or after `now` where that one would come too late."""
    joined = [half for half in plan.halves if half.joined]
    if plan.pair.state is PairState.ENDED or not plan.modules:
        return Planned(None, "", None)
    if not joined and after_last(plan.modules, now, plan.programme.zone):
        return Planned(None, "", None)
    if not joined:
        return Planned(None, "", next_weekly(plan.programme.ask, now) - AHEAD + 7 * DAY)
    if plan.closed_at is not None and after_last(plan.modules, plan.closed_at, plan.programme.zone):
        return _plan_on(plan, bank, joined, due_at, now)
    slot, opens_at = _next_slot(plan, joined, due_at)
    while opens_at - now < ENOUGH:
        slot, opens_at = _next_slot(plan, joined, slot)
    closing = after_last(plan.modules, slot, plan.programme.zone)
    if closing and not plan.asked:
        # Whoever comes when it is over has nothing to look back at together.
        return Planned(None, "", None)
    again_at = (
        next_weekly(plan.programme.ask, slot) if closing else _next_slot(plan, joined, slot)[0]
    ) - AHEAD
    module = _module_before(plan.modules, slot, plan.programme.zone)
    if module is None:
        return Planned(None, "", again_at)
    theme = None if closing else Theme(module.theme)
    return _planned(plan, bank, joined, slot, opens_at, theme, again_at, closing=closing)


def _plan_on(plan: PairPlan, bank: Bank, joined: Sequence[Half], due_at: datetime, now: datetime) -> Planned:
    """What comes after the end: a round if both would like one, until what they write would be kept no more."""
    until = kept_until(plan.programme.zone, plan.programme.retention_months, plan.modules)
    slot = next_weekly(plan.programme.ask, due_at)
    while _opens_at(plan, joined, slot) - now < ENOUGH:
        slot = next_weekly(plan.programme.ask, slot)
    opens_at, following = _opens_at(plan, joined, slot), next_weekly(plan.programme.ask, slot)
    again_at = following - AHEAD if _opens_at(plan, joined, following) <= until else None
    both = len(joined) == 2
    if plan.went_on_at is not None and not both:
        # It was for the two of them, and one has left.
        return Planned(None, "", None)
    wanted = plan.went_on_at is not None or (_has_ended(plan, now) and all(half.wants_on for half in joined))
    if not (both and wanted) or opens_at > until:
        return Planned(None, "", again_at)
    planned = _planned(plan, bank, joined, slot, opens_at, None, again_at, closing=False)
    return replace(planned, goes_on=plan.went_on_at is None)


def _planned(
    plan: PairPlan,
    bank: Bank,
    joined: Sequence[Half],
    slot: datetime,
    opens_at: datetime,
    theme: Theme | None,
    again_at: datetime | None,
    *,
    closing: bool,
) -> Planned:
    round_id = derive(plan.pair.id, "round", slot.isoformat())
    choice = choosing.choose(
        bank,
        theme=theme,
        asked=plan.asked,
        round_key=round_id,
        challenge_confirmed=plan.pair.state is PairState.CONFIRMED,
        last=closing,
    )
    planned = Round(
        tenant=plan.pair.tenant,
        id=round_id,
        pair=plan.pair.id,
        programme=plan.programme.id,
        state=RoundState.PLANNED,
        question=choice.question.id,
        bridge=choosing.bridge(bank, used=plan.bridges, round_key=round_id).id,
        opens_at=opens_at,
        solo=len(joined) == 1,
        closing=closing,
        asks=tuple(
            Ask(half.person, ask_at(plan.programme.ask, slot, half.hours), choice.question.id)
            for half in joined
        ),
    )
    return Planned(planned, choosing.explain(choice), again_at)


def _next_slot(plan: PairPlan, joined: Sequence[Half], after: datetime) -> tuple[datetime, datetime]:
    """The first week's moment after `after` in which there is a round to ask, and when that round would open.

    What would open only after the last module's day is not asked before it: the closing round comes in its place.
    """
    zone, slot = plan.programme.zone, after
    while True:
        slot = next_weekly(plan.programme.ask, slot)
        opens_at = _opens_at(plan, joined, slot)
        if after_last(plan.modules, slot, zone) or not after_last(plan.modules, opens_at, zone):
            return slot, opens_at


def _opens_at(plan: PairPlan, joined: Sequence[Half], slot: datetime) -> datetime:
    return opening_at(
        tuple(ask_at(plan.programme.ask, slot, half.set_up) for half in joined),
        tuple(half.set_up for half in joined),
        plan.programme.open_days,
        plan.programme.open_at,
        plan.programme.zone,
    )


def next_module_at(modules: tuple[Module, ...], now: datetime, zone: str) -> datetime | None:
    """When the next module starts (at nine in the programme's zone); None after the last."""
    starts = sorted(instant(module.starts_on, time(9), zone) for module in modules)
    return next((start for start in starts if start > now), None)


def _module_before(modules: tuple[Module, ...], at: datetime, zone: str) -> Module | None:
    day = at.astimezone(ZoneInfo(zone)).date()
    begun = [module for module in modules if module.starts_on <= day]
    return max(begun, key=lambda module: module.number) if begun else None
