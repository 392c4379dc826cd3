"""A team's round in Slack: `/reflect` in a channel, the buttons that follow, and the modal for an answer.

Everything is stored before Slack hears so. What only one person sees is said beside the answer, and changes nothing.
"""

from collections.abc import Mapping
from typing import Any

from adapters.slack import limits, parse
from adapters.slack.parse import account_of, values, who
from adapters.slack.render import (
    SEPARATOR,
    Block,
    blocks_of,
    field_of,
    plain,
    pressed,
    rows,
    to_message,
)
from bot.cards import team as cards
from bot.errors import Refused
from bot.fields import clean
from bot.messages import Button, Card, Choices, Input, TeamAction
from bot.model import Account
from bot.team import Acted, Began

Body = Mapping[str, Any]

COMMAND = "/reflect"
CALLBACK = "team"


def is_alone(body: Body) -> bool:
    """Whether the command was given in a conversation between two."""
    return str(body["channel_id"]).startswith("D")


def to_began(body: Body) -> Began:
    place = account_of(body["team_id"], body["channel_id"])
    text = clean(parse.plain(body.get("text", "")))
    return Began(body["trigger_id"], account_of(body["team_id"], body["user_id"]), place, text)


def to_acted(body: Body, value: str) -> Acted:
    """A press of one of a round's buttons.

    Raises:
        Refused: it is none of ours.
    """
    name, _, rest = value.partition(SEPARATOR)
    try:
        action = TeamAction(name)
    except ValueError:
        raise Refused("That button does nothing here any more. Nothing was changed.") from None
    return Acted(_who(body), action, rest.partition(SEPARATOR)[0])


def to_sent(body: Body) -> Acted:
    """The modal of an answer, with what stands in it."""
    view = body["view"]
    return Acted(_who(body), TeamAction.SEND, view["private_metadata"], values(view["state"]))


def to_view(card: Card, address: str) -> Block:
    """A card as a modal: what asks for something keeps its box, and the button that sends it stands below."""
    blocks: list[Block] = []
    buttons: list[Block] = []
    view: Block = {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": card.subject,
        "title": plain("Alongside", limits.MODAL_TITLE),
        "close": plain("Close", limits.MODAL_TITLE),
        "blocks": blocks,
    }
    for each in card.parts:
        match each:
            case Input() | Choices():
                blocks.append(field_of(each))
            case Button(action=TeamAction.SEND):
                view["submit"] = plain(each.label, limits.MODAL_TITLE)
            case Button():
                buttons.append(pressed(card, each, f"team {len(buttons)}"))
            case _:
                blocks.extend(blocks_of(each, address, card.kind))
    blocks.extend(rows(buttons))
    return view


def said(card: Card, address: str) -> dict[str, Any]:
    """A card as a message that one person alone sees."""
    message = to_message(card, address)
    return {"text": message.text, "blocks": list(message.blocks)}


def refused(refusal: Exception) -> Card:
    return cards.said(str(refusal))


def box_of(text: str) -> str:
    """The box of the modal that a refusal is about."""
    return "name" if text.startswith("Choose") else "text"


def _who(body: Body) -> Account:
    """Whoever acted, by their own workspace: in a channel that two share it need not be the channel's."""
    user = body["user"]
    return account_of(user["team_id"], user["id"]) if user.get("team_id") else who(body)


ALONE = cards.said(cards.ALONE)
