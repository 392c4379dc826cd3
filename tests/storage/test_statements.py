"""What one message costs the database: one commit and at most eight statements, whatever is said or pressed."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bench.record import Recorded, recording
from bench.story import Kind, Teller, story
from bot.messages import Action, Incoming, Pressed
from bot.receive import Received, receive
from bot.rows import Prompts
from storage import tables as t
from storage.store import SqlStore
from tests.cast import ADA, BEN, FAY, bring_in
from tests.house import House

TUESDAY_10 = datetime(2026, 11, 17, 10, tzinfo=UTC)
THURSDAY_17 = datetime(2026, 11, 19, 17, tzinfo=UTC)
AT_MOST = 8
Cost = tuple[int, int, int]
"""Transactions begun, transactions committed, statements."""


def too_dear(costs: Mapping[str, Cost]) -> dict[str, Cost]:
    return {kind: cost for kind, cost in costs.items() if cost[:2] != (1, 1) or cost[2] > AT_MOST}


class Counted(House):
    """A house that notes the most that each kind of message has cost; sending is not part of it."""

    def __init__(self, store: SqlStore, prompts: Prompts, found: Recorded) -> None:
        super().__init__(store, prompts)
        self.found = found
        self.costs: dict[str, Cost] = {}

    async def take_in(self, incoming: Incoming) -> Received:
        self.found.clear()
        received = await receive(incoming, store=self.store, prompts=self.prompts, now=self.now)
        kind = incoming.action.value if isinstance(incoming, Pressed) else type(incoming).__name__
        cost = (self.found.begun, self.found.committed, len(self.found.statements))
        self.costs[kind] = max(cost, self.costs.get(kind, cost))
        await self.settle()
        return received


async def test_each_message_of_an_answer_is_one_commit_and_at_most_eight_statements(
    store: SqlStore, prompts: Prompts
) -> None:
    await bring_in(store)
    house = House(store, prompts)
    await house.join(ADA, BEN)
    await house.wait_until(TUESDAY_10)
    round_id = (await house.view(ADA)).conversation.round
    assert round_id is not None
    counted: dict[str, Cost] = {}
    with recording(store.database) as found:
        for kind, incoming in story(Teller(ADA.account, ADA.id, round_id), house.now):
            found.clear()
            received = await receive(incoming, store=store, prompts=prompts, now=incoming.at)
            assert received.new
            counted[kind] = (found.begun, found.committed, len(found.statements))
    assert counted.keys() == set(Kind)
    assert too_dear(counted) == {}


async def test_whatever_can_be_pressed_is_one_commit_and_at_most_eight_statements(
    store: SqlStore, prompts: Prompts
) -> None:
    await bring_in(store)
    with recording(store.database) as found:
        house = Counted(store, prompts, found)
        await house.join(ADA, BEN)
        await house.press(ADA, Action.PROPOSE, fields={"challenge": "Nobody leaves the ward alone"})
        await house.press(BEN, Action.PROPOSE, fields={"challenge": "Nobody leaves any ward alone"})
        await house.press(ADA, Action.CONFIRM, "2")
        await house.wait_until(TUESDAY_10 - timedelta(hours=1))
        await house.press(ADA, Action.AWAY, fields={"back": "2026-12-24"})
        await house.press(ADA, Action.START)
        for start in ("11:00", "09:00"):
            hours = {"zone": "Europe/London", "from": start, "to": "20:00"}
            await house.press(ADA, Action.HOURS, fields=hours)
        await house.wait_until(TUESDAY_10)
        for action in (
            Action.WHY,
            Action.ANOTHER,
            Action.PUT_OFF,
            Action.HELP,
            Action.CALL,
            Action.ALONE,
            Action.TOGETHER,
            Action.PAUSE,
            Action.STOP,
            Action.START,
            Action.LEAVE,
        ):
            await house.press(ADA, action)
        await house.press(ADA, Action.START)
        await house.press(ADA, Action.ASK_CALL, fields={"to": FAY.id, "how": "In the evening."})
        call = next(caller.call for caller in (await house.view(ADA)).callers if caller.call)
        await house.press(ADA, Action.NO_CALL, call)
        await house.press(BEN, Action.SKIP)
        for who in (ADA, BEN):
            await house.answer(who, "They had decided before I came in, and I felt small.", partner=True)
        await house.press(BEN, Action.TAKE_BACK_ALL)
        await house.press(BEN, Action.CHOOSE_AGAIN)
        await house.share(BEN, partner=True, facilitators="named")
        view = await house.view(ADA)
        round_id = view.conversation.round or ""
        part = view.rounds[round_id].written[0].id
        await house.press(ADA, Action.EDIT, part, {f"text:{part}": "I felt very small."})
        await house.wait_until(THURSDAY_17 + timedelta(minutes=1))
        await house.press(ADA, Action.SAY_BACK, round_id, {"text": "What did you not say?"})
        await house.wait(hours=20)
        await house.press(BEN, Action.READ, round_id)
        await house.press(BEN, Action.ANSWER_BACK, round_id, {"text": "That I was afraid."})
        await house.press(BEN, Action.SAY_BACK, round_id, {"text": "I did not know."})
        await house.wait(hours=20)
        assert [turn.answer for turn in (await house.view(BEN)).rounds[round_id].turns if not turn.mine] == [
            "That I was afraid."
        ]
        await house.press(ADA, Action.LEAVE_UNREAD, round_id)
        await house.press(ADA, Action.REMOVE, part)
        for action in (Action.UNSAY, Action.UNSAY_ANSWER):
            await house.press(BEN, action, round_id)
        for action in (
            Action.MUTE,
            Action.UNMUTE,
            Action.LESS_OFTEN,
            Action.EVERY_WEEK,
            Action.LATER,
            Action.SEND,
        ):
            await house.press(ADA, action)
        await house.wait_until(TUESDAY_10 + timedelta(days=7))
        await house.say(ADA, "Half an answer.")
        await house.press(ADA, Action.WITHDRAW)
        await house.press(ADA, Action.AGREE)
        async with store.write() as tx:
            # As if it had been the last one.
            await tx.session.run(
                t.rounds.update().where(t.rounds.c.tenant_id == ADA.tenant).values(closing=True),
                {"tenant": ADA.tenant},
            )
        await house.press(ADA, Action.GO_ON, round_id)
        assert (await house.view(ADA)).conversation.wants_on
        await house.press(ADA, Action.NOT_ON, round_id)
        assert not any(turn.answer for turn in (await house.view(BEN)).rounds[round_id].turns)
    assert house.costs.keys() >= {action.value for action in Action}
    assert too_dear(house.costs) == {}
