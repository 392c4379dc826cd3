"""What a Slack that nobody here wrote does not do, and what the service makes of it."""

import pytest

from bot.errors import PostFailed
from bot.messages import Card, CardKind, Outgoing
from bot.model import Account, Platform
from tests.cast import BEN
from tests.clients.conftest import Place
from tests.clients.test_reflect import reflects
from tests.clients.test_story import THEIRS, TUESDAY_10, opened


async def test_somebody_whom_slack_does_not_know_any_more_is_written_to_on_their_page(place: Place) -> None:
    await place.both_join()
    before = len(await place.ben.standing())
    async with place.built.store.write() as tx:
        await tx.setup.reach(BEN.reader, Account(Platform.SLACK, f"{place.slack.team}:U0NOBODY"))
    await place.wait_until(TUESDAY_10)
    assert len(await place.ben.standing()) == before
    assert "I write to you on your page" in await place.page(BEN, "/me/where")


async def test_a_message_with_nothing_in_it_is_refused_and_named(place: Place) -> None:
    poster = place.built.posters[Platform.SLACK]
    account = Account(Platform.SLACK, f"{place.slack.team}:{place.ben.user}")
    # Slack's own library warns of it first.
    with pytest.warns(UserWarning, match="`text`"), pytest.raises(PostFailed, match="no_text") as failed:
        await poster.post(Outgoing("1", BEN.reader, account, Card(CardKind.HELP, ())))
    assert not failed.value.permanent
    assert failed.value.lost is None


async def test_a_form_whose_trigger_is_none_opens_nothing_says_so_and_opens_at_the_next_press(
    place: Place,
) -> None:
    ben = place.ben
    await opened(place)
    await place.does(ben.presses("Ask or say one thing back", trigger="1.2.none"))
    assert not [each for each in (await place.slack.window())["views"] if each["type"] == "modal"]
    assert "That did not open" in (await ben.whispers())[-1]
    await place.does(ben.presses("Ask or say one thing back"))
    assert (await ben.modal())["submit"]["text"] == "Send it word for word"


async def test_a_message_that_is_gone_is_let_go_and_whatever_comes_next_is_said(place: Place) -> None:
    ben = place.ben
    await opened(place)
    (message,) = [each for each in await ben.standing() if THEIRS in str(each.get("blocks"))]
    await place.slack.app.chat_delete(channel=ben.channel, ts=message["ts"])
    await place.ada_shares("no")
    await place.settle()
    assert THEIRS not in await ben.shown()
    assert "Taken back." not in await ben.shown()
    await place.does(ben.commands("/alongside", "help"))
    assert "I would like a call" in await ben.shown()


async def test_a_channel_that_the_app_is_not_in_is_told_to_whoever_asked(place: Place) -> None:
    ben = place.ben
    await place.both_join()
    made = await ben.slack.api_call("conversations.create", json={"name": "closed", "is_private": True})
    channel = made["channel"]["id"]
    await place.does(ben.presses_alone(await reflects(place, channel), "Use this one", channel))
    assert await ben.standing(channel) == []
    assert "Invite me" in await ben.shown()
    await ben.slack.api_call(
        "conversations.invite", json={"channel": channel, "users": place.slack.relay.bot}
    )
    await place.does(ben.presses_alone(await reflects(place, channel), "Use this one", channel))
    assert "A question for everybody here" in await ben.shown(channel)
