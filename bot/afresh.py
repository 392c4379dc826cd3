"""What stands in a chat is drawn again when it reads differently now: buttons that are spent, words taken back.

A page is made anew each time it is opened. A chat keeps what was posted, so whatever changed is changed there too.
"""

from bot.cards.make import make
from bot.errors import PostFailed
from bot.messages import CardKind
from bot.model import Reader
from bot.ports import Chat, Posters, Store
from bot.rows import Prompts, Queued

LATELY = 15
"""How many of somebody's last posts are looked at after they did something."""

THE_OTHERS = "the other's"
"""The subject of a row that is about whatever holds the partner's words, however long ago it was posted."""

TAKE_ALONG = "take along"
"""The subject of a row for somebody who is reached there no more: what their partner said goes from there."""

HOLDS_THEIRS = frozenset({CardKind.OPENED, CardKind.TURN, CardKind.TURN_ANSWER, CardKind.KEEPSAKE})


async def draw_afresh(store: Store, posters: Posters, prompts: Prompts, row: Queued) -> bool:
    """Bring what stands in one person's chats up to what they may see now; whether anything there had to change.

    Raises:
        PostFailed: the platform did not take a change. What was changed before it is noted.
    """
    reader, theirs = Reader(row.tenant, row.person), row.subject == THE_OTHERS
    if row.subject == TAKE_ALONG:
        return await _take_along(store, posters, reader)
    async with store.read() as tx:
        standing = await (tx.shown.about(reader, HOLDS_THEIRS) if theirs else tx.shown.lately(reader, LATELY))
        if not standing:
            return False
        view = await tx.views.member(reader, everything=theirs, in_chat=True)
        cards = [(each, make(each.post, view, prompts)) for each in standing]
    drawn = False
    for each, card in cards:
        chat = posters.get(each.platform)
        if not isinstance(chat, Chat):
            continue
        if card is None:
            if not theirs:
                # It is about something further back than this view reaches.
                continue
            await chat.remove(each.receipt)
            look = ""
        else:
            look = chat.look(card)
            if each.looks(look):
                continue
            await chat.change(each.receipt, card)
        async with store.write() as tx:
            await tx.shown.redrawn(reader, each, look)
        drawn = True
    return drawn


async def _take_along(store: Store, posters: Posters, reader: Reader) -> bool:
    async with store.read() as tx:
        standing = await tx.shown.about(reader, HOLDS_THEIRS)
    removed = False
    for each in standing:
        chat = posters.get(each.platform)
        if not isinstance(chat, Chat):
            continue
        try:
            await chat.remove(each.receipt)
        except PostFailed as failed:
            if not failed.permanent:
                raise
        # Where nobody may remove it any more, it is out of reach, and asking again would change nothing.
        async with store.write() as tx:
            await tx.shown.redrawn(reader, each, "")
        removed = True
    return removed
