"""One of a pair is reached in a chat: what stands there follows what its reader may see, and the page always has all.

Ben is in Slack and Ada on the web. The far side keeps what stands in his conversation, as Slack would.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bot.cards.sharing import NO, YES
from bot.errors import PostFailed
from bot.messages import Action, Card, CardKind, Outgoing, Quote, TeamAction
from bot.model import Account, Platform
from bot.rows import Prompts
from storage.store import SqlStore
from tests.cast import ADA, BEN, GUS, HAL, Character, bring_in
from tests.house import House

TUESDAY_10 = datetime(2026, 11, 17, 10, tzinfo=UTC)
THURSDAY_17 = datetime(2026, 11, 19, 17, tzinfo=UTC)
ADAS = "I was furious, because nobody had asked me."
IN_SLACK = Account(Platform.SLACK, "T1:UBEN")


@dataclass
class FakeChat:
    """What stands in conversations, by receipt, and every change that was made."""

    standing: dict[str, Card] = field(default_factory=dict)
    changes: list[CardKind] = field(default_factory=list)
    failures: list[PostFailed] = field(default_factory=list)
    sent: list[Outgoing] = field(default_factory=list)

    async def post(self, outgoing: Outgoing) -> str:
        self.sent.append(outgoing)
        receipt = f"T1:D1:{len(self.sent)}"
        self.standing[receipt] = outgoing.card
        return receipt

    def look(self, card: Card) -> str:
        return f"{card}{card.fallback()}"

    async def change(self, receipt: str, card: Card) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.changes.append(card.kind)
        self.standing[receipt] = card

    async def remove(self, receipt: str) -> None:
        self.changes.append(self.standing.pop(receipt).kind)

    def kind(self, kind: CardKind) -> list[Card]:
        return [card for card in self.standing.values() if card.kind is kind]

    def text(self) -> str:
        return "\n".join(card.fallback() for card in self.standing.values())


@pytest.fixture
async def chat() -> FakeChat:
    return FakeChat()


@pytest.fixture
async def house(store: SqlStore, prompts: Prompts, chat: FakeChat) -> House:
    await bring_in(store, everybody=False)
    await reach(store, BEN, IN_SLACK)
    house = House(store, prompts, others={Platform.SLACK: chat})
    await house.join(ADA, BEN)
    await house.wait_until(TUESDAY_10)
    return house


async def reach(store: SqlStore, who: Character, account: Account) -> None:
    async with store.write() as tx:
        await tx.people.get(who.reader)
        await tx.setup.reach(who.reader, account)


async def opened(house: House, chat: FakeChat, *, chats: bool) -> Card:
    await house.answer(ADA, ADAS, partner=True, chats=chats)
    await house.answer(BEN, "I kept quiet.", partner=True)
    await house.wait_until(THURSDAY_17)
    (card,) = chat.kind(CardKind.OPENED)
    return card


def actions(card: Card) -> set[Action | TeamAction]:
    return {part.action for part in card.parts if hasattr(part, "action")}


async def test_what_is_said_goes_to_the_chat_and_no_mail_says_so(house: House, chat: FakeChat) -> None:
    (question,) = chat.kind(CardKind.QUESTION)
    assert Action.SKIP in actions(question)
    assert not house.ledger.to(BEN)


async def test_a_button_that_is_spent_stands_there_no_longer(house: House, chat: FakeChat) -> None:
    await house.answer(BEN, "I kept quiet.", partner=True)
    (question,), (choices,) = chat.kind(CardKind.QUESTION), chat.kind(CardKind.WHO_SEES)
    assert not actions(question)
    assert not actions(choices)
    before = len(chat.changes)
    await house.press(BEN, Action.HELP)
    assert len(chat.changes) == before, "what reads as it did is not drawn again"


async def test_words_appear_in_a_chat_only_where_their_author_allows_that(
    house: House, chat: FakeChat
) -> None:
    card = await opened(house, chat, chats=False)
    assert ADAS not in chat.text()
    assert "on your page" in card.fallback()
    page = await house.page(BEN)
    assert any(ADAS in each.fallback() for each in page), "on the page all of it stands"


async def test_words_whose_author_allows_it_stand_in_the_chat_too(house: House, chat: FakeChat) -> None:
    card = await opened(house, chat, chats=True)
    assert [part.text for part in card.parts if isinstance(part, Quote) and part.side == 2] == [ADAS]


@pytest.mark.parametrize("then", [NO, YES])
async def test_words_that_are_taken_out_of_the_chat_go_from_there(
    house: House, chat: FakeChat, then: str
) -> None:
    await opened(house, chat, chats=True)
    for week in (1, 2, 3):
        await house.wait_until(TUESDAY_10 + timedelta(weeks=week))
        for who in (ADA, BEN):
            await house.press(who, Action.SKIP)
    view = await house.view(ADA)
    assert all(ADAS not in part.text for each in view.rounds.values() for part in each.written), "long ago"
    async with house.store.read() as tx:
        everything = await tx.views.member(ADA.reader, everything=True)
    part = next(part for each in everything.rounds.values() for part in each.written if part.text == ADAS)
    assert ADAS in chat.text()
    await house.press(ADA, Action.CHOOSE, "", {f"partner:{part.id}": then})
    assert ADAS not in chat.text()


async def test_a_change_reaches_the_chat(house: House, chat: FakeChat) -> None:
    await opened(house, chat, chats=True)
    part = next(iter((await house.view(ADA)).rounds.values())).written[0]
    await house.press(ADA, Action.EDIT, part.id, {f"text:{part.id}": "I was hurt."})
    (card,) = chat.kind(CardKind.OPENED)
    assert "I was hurt." in card.fallback()
    assert ADAS not in chat.text()


async def test_what_was_said_back_keeps_to_the_page_with_the_words_that_it_is_about(
    house: House, chat: FakeChat
) -> None:
    await opened(house, chat, chats=False)
    round_ = next(iter((await house.view(ADA)).rounds))
    await house.press(ADA, Action.SAY_BACK, round_, {"text": "Why is that?"})
    (turn,) = chat.kind(CardKind.TURN)
    assert "on your page" in turn.fallback()
    await house.press(BEN, Action.READ, round_)
    assert "Why is that?" not in chat.text()
    await house.press(ADA, Action.UNSAY, round_)
    assert "taken it back" in chat.kind(CardKind.TURN)[0].fallback()


async def test_a_change_that_a_platform_refuses_for_now_is_made_later(house: House, chat: FakeChat) -> None:
    await opened(house, chat, chats=True)
    chat.failures.append(PostFailed("busy", permanent=False, retry_after=timedelta(seconds=30)))
    await house.share(ADA)
    assert ADAS in chat.text()
    await house.wait(seconds=31)
    assert ADAS not in chat.text()


async def test_nothing_of_a_chat_is_offered_where_nobody_is_in_one(store: SqlStore, prompts: Prompts) -> None:
    await bring_in(store)
    house = House(store, prompts)
    await house.join(ADA, GUS)
    await reach(store, HAL, Account(Platform.TEAMS, "t:h"))
    assert not (await house.view(ADA)).chats
    assert (await house.view(GUS)).chats, "his partner could be"
