"""The pace at which Slack is written to: below what it allows, on the busiest morning too."""

from collections import defaultdict
from datetime import timedelta

import pytest

from adapters.slack import pace
from adapters.slack.pace import Bucket, Paced, Rate
from bot.errors import PostFailed
from bot.messages import Card, CardKind, Outgoing
from bot.model import Account, Platform, Reader
from tests.slack.conftest import Workspace

CARD = Card(CardKind.HELP, ())


class Strict:
    """Slack's far side with a clock of its own: notes when each call came."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.calls: defaultdict[str, list[float]] = defaultdict(list)

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def note(self, *names: str) -> None:
        for name in names:
            self.calls[name].append(self.now)

    async def post(self, outgoing: Outgoing) -> str:
        team = outgoing.account.external.partition(":")[0]
        self.note(team, outgoing.account.external)
        return f"{team}:D:1"

    def look(self, card: Card) -> str:
        return "as it is"

    async def change(self, receipt: str, card: Card) -> None:
        self.note("update")

    async def remove(self, receipt: str) -> None:
        self.note("delete")

    def most(self, name: str, seconds: float) -> int:
        """The most calls within any so many seconds."""
        calls = self.calls[name]
        return max(sum(at <= each < at + seconds for each in calls) for at in calls)


def to(user: str) -> Outgoing:
    return Outgoing("id", Reader("t", user), Account(Platform.SLACK, user), CARD)


@pytest.fixture
def strict() -> Strict:
    return Strict()


@pytest.fixture
def paced(strict: Strict) -> Paced:
    return Paced(strict, strict.clock, strict.sleep)


async def test_a_morning_on_which_everybody_is_written_to_stays_below_what_slack_allows(
    strict: Strict, paced: Paced
) -> None:
    for number in range(900):
        await paced.post(to(f"T1:U{number % 300}"))
    assert 200 < strict.most("T1", 60) <= 250
    assert max(strict.most(name, 1) for name in strict.calls if ":" in name) <= 3


async def test_one_conversation_gets_a_few_at_once_and_then_one_a_second(
    strict: Strict, paced: Paced
) -> None:
    for _ in range(20):
        await paced.post(to("T1:U1"))
    at = [each - 1000 for each in strict.calls["T1:U1"]]
    assert at[:3] == [0, 0, 0]
    assert at[3:] == [*range(1, 18)]


async def test_workspaces_and_conversations_do_not_wait_for_each_other(strict: Strict, paced: Paced) -> None:
    for _ in range(3):
        for team in ("T1", "T2", "T3", "T4"):
            for user in ("U1", "U2", "U3"):
                await paced.post(to(f"{team}:{user}"))
    assert strict.now == 1000, "nobody had to wait"


async def test_what_would_have_to_wait_for_long_is_answered_as_slack_would(
    strict: Strict, paced: Paced
) -> None:
    for _ in range(10):
        await paced.change("T1:D1:1", CARD)
    with pytest.raises(PostFailed) as refused:
        await paced.change("T1:D1:1", CARD)
    assert refused.value.retry_after == timedelta(seconds=1.5)
    assert not refused.value.permanent
    await paced.remove("T1:D1:1")
    await paced.change("T2:D1:1", CARD)
    strict.now += 1.5
    await paced.change("T1:D1:1", CARD)
    while strict.now < 1100:
        try:
            await paced.change("T1:D1:1", CARD)
        except PostFailed as again:
            strict.now += (again.retry_after or timedelta()).total_seconds()
    # T2's are counted here as well.
    assert strict.most("update", 60) <= 50 + 1


async def test_many_at_once_to_one_conversation_are_refused_before_they_wait_too_long() -> None:
    strict = Strict()

    async def no_time_passes(_: float) -> None: ...

    paced = Paced(strict, strict.clock, no_time_passes)
    for _ in range(4):
        await paced.post(to("T1:U1"))
    with pytest.raises(PostFailed):
        await paced.post(to("T1:U1"))


def test_names_that_may_go_as_fast_as_any_are_forgotten() -> None:
    bucket = Bucket(Rate(1.0, 3))
    for number in range(5 * pace.MANY):
        bucket.take(f"U{number}", float(number))
    assert len(bucket._whole) <= pace.MANY


async def test_the_service_keeps_the_pace(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "CHANNEL", Rate(3600, 1))
    chat = workspace.built.posters[Platform.SLACK]
    assert isinstance(chat, Paced)
    workspace.built.posters[Platform.SLACK] = Paced(chat.chat)
    await workspace.ben.opens_the_app()
    await workspace.settle()
    await workspace.ben.presses("Read on")
    await workspace.settle()
    posted = [method for method, _ in workspace.api.calls if method == "chat.postMessage"]
    assert len(posted) == 1
    assert "I agree" not in workspace.api.shown()
