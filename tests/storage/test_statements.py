"""What one message costs the database, counted on the path that every message takes."""

from datetime import UTC, datetime

from bench.record import recording
from bench.story import Kind, Teller, story
from bot.ports import Prompts
from bot.receive import receive
from storage.store import SqlStore
from tests.cast import ADA, BEN, bring_in
from tests.house import House

TUESDAY_10 = datetime(2026, 11, 17, 10, tzinfo=UTC)
AT_MOST = 8


async def test_each_message_of_an_answer_is_one_commit_and_at_most_eight_statements(
    store: SqlStore, prompts: Prompts
) -> None:
    await bring_in(store)
    house = House(store, prompts)
    await house.join(ADA, BEN)
    await house.wait_until(TUESDAY_10)
    round_id = (await house.view(ADA)).conversation.round
    assert round_id is not None
    counted = {}
    with recording(store.database) as found:
        for kind, incoming in story(Teller(ADA.account, ADA.id, round_id), house.now):
            found.clear()
            received = await receive(incoming, store=store, prompts=prompts, now=incoming.at)
            assert received.new
            counted[kind] = (found.begun, found.committed, len(found.statements))
    assert counted.keys() == set(Kind)
    too_many = {kind: seen for kind, seen in counted.items() if seen[:2] != (1, 1) or seen[2] > AT_MOST}
    assert too_many == {}
