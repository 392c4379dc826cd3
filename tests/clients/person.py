"""Somebody in the workspace: what they write goes through the emulator, what they press is signed as Slack signs it.

A press, a command and a modal that is sent are what the emulator cannot begin. Each is made of what stands in it: the
message's own channel, time and button, a trigger that it gave, the modal that it opened.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlencode

from slack_sdk.web.async_client import AsyncWebClient

from tests.clients.emulator import APP, Emulator
from tests.slack.stub import Blocks, filled

Message = dict[str, Any]


@dataclass
class Person:
    """`channel` is their own conversation with the app."""

    emulator: Emulator
    name: str
    slack: AsyncWebClient
    channel: str
    a_second: Callable[[], Awaitable[None]]
    """Lets a second pass, before whatever they do: no two things are done at once."""

    @classmethod
    async def in_(cls, emulator: Emulator, name: str, a_second: Callable[[], Awaitable[None]]) -> "Person":
        slack = emulator.person(name)
        opened = await slack.conversations_open(users=emulator.ids[APP])
        channel: dict[str, Any] = opened["channel"]
        return cls(emulator, name, slack, channel["id"], a_second)

    @property
    def user(self) -> str:
        return self.emulator.ids[self.name]

    # ---- what they see

    async def standing(self, channel: str = "") -> list[Message]:
        """What the app has said in a conversation and still stands there, the oldest first."""
        given = {"channel": channel or self.channel, "limit": 1000}
        messages: list[Message] = (await self.slack.api_call("conversations.history", json=given))["messages"]
        return [each for each in reversed(messages) if each["user"] == self.emulator.ids[APP]]

    async def shown(self, channel: str = "") -> str:
        return "\n".join(
            f"{each['text']}\n{json.dumps(each.get('blocks'), ensure_ascii=False)}"
            for each in await self.standing(channel)
        )

    async def modal(self) -> dict[str, Any]:
        """The modal that was opened for them last, as it stands."""
        return await self._view("modal")

    async def home(self) -> dict[str, Any]:
        return await self._view("home")

    async def _view(self, type_: str) -> dict[str, Any]:
        views = (await self.emulator.window())["views"]
        return [each for each in views if each["type"] == type_ and each["user_id"] == self.user][-1]

    async def whispers(self) -> list[str]:
        """What only they were shown."""
        seen = (await self.emulator.window())["whispers"]
        return [each["text"] for each in seen if each["target_user"] == self.user]

    # ---- what they write, which the emulator tells the app; Slack's own clients escape it

    async def says(self, text: str) -> str:
        await self.a_second()
        return str(
            (await self.slack.chat_postMessage(channel=self.channel, text=escape(text, quote=False)))["ts"]
        )

    async def edits(self, ts: str, text: str) -> None:
        await self.a_second()
        await self.slack.chat_update(channel=self.channel, ts=ts, text=escape(text, quote=False))

    async def deletes(self, ts: str) -> None:
        await self.a_second()
        await self.slack.chat_delete(channel=self.channel, ts=ts)

    # ---- what the emulator cannot begin

    async def opens_the_app(self, tab: str) -> None:
        await self.a_second()
        body = {
            "type": "event_callback",
            "team_id": self.emulator.team,
            "event_id": f"Ev{self.user}{self.emulator.relay.clock.at}",
            "event": {"type": "app_home_opened", "user": self.user, "channel": self.channel, "tab": tab},
        }
        status, _ = await self.emulator.relay.send(json.dumps(body), "application/json")
        assert status == 200

    async def commands(self, command: str, text: str, channel: str = "", trigger: str = "") -> str:
        await self.a_second()
        form = {
            "command": command,
            "text": text,
            "team_id": self.emulator.team,
            "user_id": self.user,
            "channel_id": channel or self.channel,
            "trigger_id": trigger or await self.emulator.trigger(self.user),
            "response_url": self._replaceable(),
        }
        return await self._sent(form)

    async def presses(
        self, label: str, chosen: Mapping[str, str] | None = None, channel: str = "", trigger: str = ""
    ) -> None:
        """Press the newest button with this label, with what is chosen above it: by the start of a block's name."""
        where = channel or self.channel
        for message in reversed(await self.standing(where)):
            button = _button(message.get("blocks", []), label)
            if button is not None:
                await self._acts(
                    button,
                    {"type": "message", "message_ts": message["ts"], "channel_id": where},
                    channel={"id": where},
                    state={"values": _chosen(message["blocks"], chosen or {})},
                    trigger=trigger,
                )
                return
        raise AssertionError(f"no button “{label}” stands there:\n{await self.shown(where)}")

    async def presses_at_home(self, label: str) -> None:
        view = await self.home()
        await self._acts(
            _known(view["blocks"], label), {"type": "view", "view_id": view["view_id"]}, view=_view_of(view)
        )

    async def presses_in_modal(self, label: str) -> None:
        view = await self.modal()
        await self._acts(
            _known(view["blocks"], label), {"type": "view", "view_id": view["view_id"]}, view=_view_of(view)
        )

    async def presses_alone(self, blocks: Blocks, label: str, channel: str) -> None:
        """Press a button of what only they see."""
        container = {"type": "message", "message_ts": "1.1", "channel_id": channel, "is_ephemeral": True}
        await self._acts(
            _known(blocks, label), container, channel={"id": channel}, response_url=self._replaceable()
        )

    @property
    def replaced(self) -> Blocks:
        """What stands for them alone where they pressed."""
        said = self.emulator.relay.replaced[self.user]
        assert said["replace_original"] is True
        blocks: Blocks = said["blocks"]
        return blocks

    async def submits(self, **values: str) -> dict[str, Any]:
        """Send the modal that stands open; what Slack is answered. A choice is named by what it reads."""
        await self.a_second()
        view = await self.modal()
        state = filled(view["blocks"], values)
        body = {
            "type": "view_submission",
            "team": {"id": self.emulator.team},
            "user": {"id": self.user, "team_id": self.emulator.team},
            "view": {**_view_of(view), "state": {"values": state}},
        }
        answer = await self._sent({"payload": json.dumps(body)})
        found: dict[str, Any] = json.loads(answer) if answer else {}
        return found

    async def _acts(
        self, button: Mapping[str, Any], container: Mapping[str, Any], trigger: str = "", **more: Any
    ) -> None:
        await self.a_second()
        body = {
            "type": "block_actions",
            "team": {"id": self.emulator.team},
            "user": {"id": self.user, "team_id": self.emulator.team},
            "trigger_id": trigger or await self.emulator.trigger(self.user),
            "container": container,
            "actions": [{**button, "action_ts": f"{self.emulator.relay.clock.at:.6f}"}],
            **more,
        }
        await self._sent({"payload": json.dumps(body)})

    async def _sent(self, form: Mapping[str, str]) -> str:
        status, answer = await self.emulator.relay.send(urlencode(form), "application/x-www-form-urlencoded")
        assert status == 200
        return answer

    def _replaceable(self) -> str:
        return self.emulator.relay.address(f"/replace/{self.user}")


def _button(blocks: Blocks, label: str) -> dict[str, Any] | None:
    for block in blocks:
        for each in block.get("elements", ()):
            if each.get("type") == "button" and each["text"]["text"] == label:
                return {**each, "block_id": block.get("block_id", "b")}
    return None


def _known(blocks: Blocks, label: str) -> dict[str, Any]:
    found = _button(blocks, label)
    assert found is not None, f"no button “{label}” stands there: {blocks}"
    return found


def _chosen(blocks: Blocks, chosen: Mapping[str, str]) -> dict[str, Any]:
    """What stands chosen above a button, which Slack sends with each press of one."""
    values = {}
    for block in blocks:
        if block["type"] == "input":
            value = next((v for name, v in chosen.items() if block["block_id"].startswith(name)), None)
            first = block["element"].get("initial_option", {}).get("value")
            option = {"selected_option": {"value": value or first}}
            values[block["block_id"]] = {"choice": {"type": "radio_buttons", **option}}
    return values


def _view_of(view: Mapping[str, Any]) -> dict[str, Any]:
    return {**view, "id": view["view_id"]}
