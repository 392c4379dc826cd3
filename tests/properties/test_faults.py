"""A test of the tests: for each promise a fault is planted in the product, and the property must find it.

Each fault is the smallest mistake of its kind that somebody could make. Stories are drawn as for the property
itself, or told where chance would take too long; what is asserted is that the property FAILS, and that it does
so for the right reason.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import bindparam, select

import bot.due
import bot.receive
from bot.apply import Applied, apply
from bot.conversation import engine
from bot.conversation import events as ev
from bot.conversation.state import RoundState, Standing
from bot.messages import CardKind
from bot.model import Account, Conversation, Facilitators, Reader
from bot.questions.choose import Asked
from bot.rows import Due, Half, PairPlan, Side, ToSend
from bot.view import MemberView
from storage import digests, outbox, people, rounds, views
from storage import tables as t
from storage.answers import SqlAnswers, SqlShares
from storage.conversations import SqlClaims
from storage.pairs import SqlPairs
from tests.cast import ADA
from tests.properties.machine import Machine, machine_on
from tests.properties.runs import Do, Script
from tests.properties.test_two_runs import Comparison
from tests.properties.world import ASKED, INVITED, Grounds

Plant = Callable[[pytest.MonkeyPatch], None]


# ---- faults that the machine must find


def stop_is_only_noted(patch: pytest.MonkeyPatch) -> None:
    """The engine says that it has stopped, and goes on."""
    standing = engine._standing

    def faulty(c: Conversation, event: ev.StandingChanged) -> ev.Step:
        step = standing(c, event)
        if event.standing is Standing.STOPPED:
            return replace(step, conversation=replace(step.conversation, standing=c.standing))
        return step

    patch.setattr(engine, "_standing", faulty)


def what_was_on_its_way_still_goes_out_after_a_stop(patch: pytest.MonkeyPatch) -> None:
    """Delivering does not ask whether somebody has stopped since."""
    enqueue = outbox.SqlOutbox.enqueue

    async def faulty(self: Any, rows: Sequence[ToSend]) -> None:
        await enqueue(self, [replace(row, proactive=False) for row in rows])

    patch.setattr(outbox.SqlOutbox, "enqueue", faulty)


def every_delivery_is_new(patch: pytest.MonkeyPatch) -> None:
    claim = SqlClaims.claim

    async def faulty(self: Any, account: Account, key: str, now: datetime) -> bool:
        await claim(self, account, key, now)
        return True

    patch.setattr(SqlClaims, "claim", faulty)


def drafts_are_kept_before_consent(patch: pytest.MonkeyPatch) -> None:
    """The store keeps what is half written by whoever types."""
    patch.setattr(people, "_AGREED", select(t.tenants.c.id))


def answers_are_kept_before_consent(patch: pytest.MonkeyPatch) -> None:
    """What somebody writes too early is laid aside, to be there when they have agreed."""

    async def faulty(tx: Any, before: Conversation, step: ev.Step, cause: str, now: datetime) -> Applied:
        applied = await apply(tx, before, step, cause, now)
        if any(effect == ev.Send(CardKind.BEFORE_CONSENT) for effect in step.effects):
            me = Reader(before.tenant, before.person)
            await tx.session.keep_words(me.tenant, cause, me.person, heard[-1], now)
        return applied

    async def listening(tx: Any, c: Conversation, incoming: Any, *rest: Any) -> ev.Event:
        heard.append(getattr(incoming, "text", ""))
        return await to_event(tx, c, incoming, *rest)

    heard: list[str] = []
    to_event = bot.receive._to_event
    patch.setattr(bot.receive, "apply", faulty)
    patch.setattr(bot.receive, "_to_event", listening)


def a_deletion_that_came_first_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    async def faulty(self: Any, reader: Reader, source: str, at: datetime) -> None:
        return None

    patch.setattr(SqlAnswers, "bury", faulty)


def the_last_to_come_wins(patch: pytest.MonkeyPatch) -> None:
    """An edit counts although a newer one has been dealt with."""
    amend = SqlAnswers.amend

    async def faulty(self: Any, reader: Reader, message: ev.Amend, now: datetime) -> None:
        await amend(self, reader, replace(message, at=now + timedelta(days=1)), now)

    patch.setattr(SqlAnswers, "amend", faulty)


def the_partner_sees_what_has_not_opened(patch: pytest.MonkeyPatch) -> None:
    """The view reads the other half's parts without asking whether they were opened."""
    faulty = (
        select(*views._THEIRS.selected_columns)
        .select_from(views._THEIRS.get_final_froms()[0])
        .where(
            views._p.tenant_id == views._TENANT,
            views._p.person_id != views._ME,
            views._p.round_id.in_(bindparam("rounds", expanding=True)),
            views._p.partner_at.is_not(None),
        )
        .order_by(views._p.ordinal)
    )
    patch.setattr(views, "_THEIRS", faulty)


def what_was_taken_back_opens_all_the_same(patch: pytest.MonkeyPatch) -> None:
    """Sharing is written down, taking back is not."""
    share = SqlShares.share

    async def faulty(self: Any, reader: Reader, part: str, choice: ev.Choice, now: datetime) -> None:
        await share(self, reader, part, replace(choice, partner=choice.partner or None), now)

    patch.setattr(SqlShares, "share", faulty)


def one_person_is_enough_to_be_without_a_name(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bot.digest.compose.THRESHOLD", 1)
    patch.setattr(digests, "THRESHOLD", 1)


def a_take_back_does_not_reach_the_digest(patch: pytest.MonkeyPatch) -> None:
    """Consent is asked when a digest is put together, and not again when it is read."""
    kept = [clause for clause in digests._LINES._where_criteria if clause is not digests.STANDS]
    faulty = select(*digests._LINES.selected_columns).select_from(digests._LINES.get_final_froms()[0])
    patch.setattr(digests, "_LINES", faulty.where(*kept).order_by(digests._l.id))


def a_round_opens_if_one_has_shared(patch: pytest.MonkeyPatch) -> None:
    """What one half shares opens, whatever the other has done."""
    open_round = rounds.SqlRounds.open

    async def faulty(self: Any, due: Due, now: datetime) -> tuple[Side, ...] | None:
        sides = await open_round(self, due, now)
        one = sides is not None and any(side.shared for side in sides)
        return tuple(replace(side, shared=True) for side in sides) if sides and one else sides

    patch.setattr(rounds.SqlRounds, "open", faulty)


def nobody_asks_for_the_hours(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bot.apply.within", lambda hours, at: at)
    patch.setattr("bot.deliver.within", lambda hours, at: at)


@dataclass(frozen=True)
class Fault:
    """A fault, the doings among which it is looked for, and what the property says when it finds it."""

    plant: Plant
    among: tuple[str, ...]
    says: str


FOUND_BY_CHANCE = (
    Fault(stop_is_only_noted, ("say", "stop"), "stop did not work"),
    Fault(every_delivery_is_new, ("the_same_five_times_shuffled",), "counted twice"),
    Fault(a_deletion_that_came_first_is_forgotten, ("change_before_the_original",), "may not stand"),
    Fault(the_partner_sees_what_has_not_opened, ("answer",), "can tell that somebody chose"),
)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FOUND_BY_CHANCE, ids=lambda fault: fault.plant.__name__)
def test_the_machine_finds(fault: Fault, sqlite_grounds: Grounds, monkeypatch: pytest.MonkeyPatch) -> None:
    fault.plant(monkeypatch)
    bounded = settings(
        max_examples=20, stateful_step_count=12, phases=(Phase.generate,), report_multiple_bugs=False
    )
    with pytest.raises(AssertionError, match=fault.says):
        run_state_machine_as_test(machine_on(sqlite_grounds, fault.among), settings=bounded)


@pytest.mark.slow
def test_without_a_fault_the_machine_finds_nothing_among_the_same_doings(sqlite_grounds: Grounds) -> None:
    among = {name for fault in FOUND_BY_CHANCE for name in fault.among}
    few = settings(max_examples=3, stateful_step_count=8, phases=(Phase.generate,))
    run_state_machine_as_test(machine_on(sqlite_grounds, among), settings=few)


# ---- faults that chance rarely meets: each is met in one story, told through the same rules and the same look round


def one_leaves_a_draft_too_early(told: Machine) -> None:
    told.join(ADA, 2)
    told.leave_a_draft(ADA, "words")


def one_says_something_too_early(told: Machine) -> None:
    told.join(ADA, 2)
    told.say(ADA, "", "", 0)


def one_edits_twice_out_of_order(told: Machine) -> None:
    told.say(ADA, "", "", 0)
    told.edit_a_message(0, False, 3)
    told.edit_a_message(0, False, 1)


def both_share(told: Machine) -> None:
    told.both_of_a_pair_answer(ADA, (True, True), Facilitators.NO)
    told.time_passes_to_the_next_opening()


def one_shares(told: Machine) -> None:
    told.both_of_a_pair_answer(ADA, (True, False), Facilitators.NO)
    told.time_passes_to_the_next_opening()


def one_shares_and_takes_it_back(told: Machine) -> None:
    told.both_of_a_pair_answer(ADA, (True, True), Facilitators.NO)
    told.choose(ADA, told.parts_on(ADA), False, None)
    told.time_passes_to_the_next_opening()


def one_stops_before_the_opening(told: Machine) -> None:
    told.stop(ADA, None)
    told.time_passes_to_the_next_opening()


def one_says_something_back_at_night(told: Machine) -> None:
    both_share(told)
    told.nothing_runs_for_a_while(6)
    told.say_back(ADA, 0, True)


def two_share_without_a_name(told: Machine) -> None:
    told.both_of_a_pair_answer(ADA, (False, False), Facilitators.UNNAMED)
    told.time_passes_to_the_next_digest()


def one_takes_back_what_the_facilitators_have_read(told: Machine) -> None:
    told.both_of_a_pair_answer(ADA, (False, False), Facilitators.NAMED)
    told.time_passes_to_the_next_digest()
    told.choose(ADA, told.parts_on(ADA), None, Facilitators.NO)


@dataclass(frozen=True)
class Met:
    """A fault, the story in which it is met, and what the property says when it is."""

    plant: Plant
    story: Callable[[Machine], None]
    says: str
    ground: str = ASKED


MET_IN_A_STORY = (
    Met(drafts_are_kept_before_consent, one_leaves_a_draft_too_early, "may not stand", INVITED),
    Met(answers_are_kept_before_consent, one_says_something_too_early, "never did, are kept", INVITED),
    Met(the_last_to_come_wins, one_edits_twice_out_of_order, "may not stand"),
    Met(what_was_on_its_way_still_goes_out_after_a_stop, one_stops_before_the_opening, "after a stop"),
    Met(what_was_taken_back_opens_all_the_same, one_shares_and_takes_it_back, "may not see"),
    Met(a_round_opens_if_one_has_shared, one_shares, "may not see"),
    Met(one_person_is_enough_to_be_without_a_name, two_share_without_a_name, "fewer than five"),
    Met(
        a_take_back_does_not_reach_the_digest,
        one_takes_back_what_the_facilitators_have_read,
        "under the wrong name",
    ),
    Met(nobody_asks_for_the_hours, one_says_something_back_at_night, "outside hours"),
)


@pytest.mark.slow
@pytest.mark.parametrize("met", MET_IN_A_STORY, ids=lambda met: met.plant.__name__)
def test_the_machine_finds_in_a_story(
    met: Met, sqlite_grounds: Grounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(sqlite_grounds, met)
    met.plant(monkeypatch)
    with pytest.raises(AssertionError, match=met.says):
        tell(sqlite_grounds, met)


def tell(grounds: Grounds, met: Met) -> None:
    machine = machine_on(grounds)()
    try:
        machine.begin(met.ground)
        met.story(machine)
    finally:
        machine.teardown()


# ---- faults that the comparison of two runs must find


def planning_reads_private_questions(patch: pytest.MonkeyPatch) -> None:
    """The next question leaves out what either of them swapped away by themselves."""
    plan = SqlPairs.plan

    async def faulty(self: Any, tenant: str, pair: str) -> PairPlan:
        found = await plan(self, tenant, pair)
        asks = t.asks.c
        people = [half.person for half in found.halves]
        rows = await self._session.all(
            select(asks.question, asks.passed).where(asks.tenant_id == tenant, asks.person_id.in_(people))
        )
        more = [Asked(name, False) for row in rows for name in (row.question, *row.passed.split())]
        return replace(found, asked=(*more, *found.asked))

    patch.setattr(SqlPairs, "plan", faulty)


def the_nudge_waits_for_the_partner(patch: pytest.MonkeyPatch) -> None:
    """Nobody is reminded whose other half has written already."""
    remind = bot.due._remind

    async def faulty(tx: Any, row: Due, now: datetime) -> None:
        c = await tx.conversations.of(Reader(row.tenant, row.person))
        if (await tx.conversations.of(Reader(row.tenant, c.partner))).answered:
            await apply(tx, c, ev.Step(replace(c, remind_at=None)), "", now)
        else:
            await remind(tx, row, now)

    patch.setattr(bot.due, "_remind", faulty)


def a_stop_moves_the_round(patch: pytest.MonkeyPatch) -> None:
    """A half that has stopped is taken for one that never joined."""
    plan = SqlPairs.plan

    async def faulty(self: Any, tenant: str, pair: str) -> PairPlan:
        found = await plan(self, tenant, pair)
        rows = await self._session.all(
            select(t.conversations.c.person_id, t.conversations.c.standing).where(
                t.conversations.c.tenant_id == tenant, t.conversations.c.pair_id == pair
            )
        )
        standing = {row.person_id: row.standing for row in rows}

        def there(half: Half) -> Half:
            return replace(half, joined=half.joined and standing[half.person] == Standing.ACTIVE.value)

        return replace(found, halves=(there(found.halves[0]), there(found.halves[1])))

    patch.setattr(SqlPairs, "plan", faulty)


def what_waits_moves_the_mark_of_a_page(patch: pytest.MonkeyPatch) -> None:
    """The other half's words reach the view before the opening, though nothing of them is drawn."""
    member = views.SqlViews.member

    async def faulty(self: Any, reader: Reader, **how: bool) -> MemberView:
        found = await member(self, reader, **how)
        waits = any(each.heard and each.state is RoundState.ASKED for each in found.rounds.values())
        moved = replace(found.conversation, version=found.conversation.version + 1)
        return replace(found, conversation=moved) if waits else found

    the_partner_sees_what_has_not_opened(patch)
    patch.setattr(views.SqlViews, "member", faulty)


def sharing_is_announced(patch: pytest.MonkeyPatch) -> None:
    """Whoever has shared is waiting: the other one is reminded at once."""

    async def faulty(tx: Any, before: Conversation, step: ev.Step, cause: str, now: datetime) -> Applied:
        applied = await apply(tx, before, step, cause, now)
        if any(isinstance(effect, ev.Share) and effect.choice.partner for effect in step.effects):
            other = Reader(before.tenant, before.partner or "")
            await tx.outbox.enqueue([ToSend(other, cause, CardKind.NUDGE, before.round or "", True, now)])
        return applied

    patch.setattr(bot.receive, "apply", faulty)


@dataclass(frozen=True)
class Leak:
    plant: Plant
    mine: Script
    theirs: Script


FOR_TWO_RUNS = (
    Leak(planning_reads_private_questions, {9: (Do.WHY,)}, {0: (Do.ANOTHER,) * 3}),
    Leak(the_nudge_waits_for_the_partner, {}, {0: (Do.ANSWER,)}),
    Leak(a_stop_moves_the_round, {}, {1: (Do.STOP,)}),
    Leak(what_waits_moves_the_mark_of_a_page, {}, {0: (Do.SHARE,)}),
    Leak(sharing_is_announced, {}, {1: (Do.SHARE,)}),
)


@pytest.mark.slow
@pytest.mark.parametrize("leak", FOR_TWO_RUNS, ids=lambda leak: leak.plant.__name__)
def test_the_comparison_of_two_runs_finds(
    leak: Leak, sqlite_grounds: Grounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    Comparison(sqlite_grounds, leak.mine).check(leak.theirs)
    leak.plant(monkeypatch)
    with pytest.raises(AssertionError, match=r"I can tell|shows in more"):
        Comparison(sqlite_grounds, leak.mine).check(leak.theirs)
