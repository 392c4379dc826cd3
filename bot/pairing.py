"""A new pair: two people whose partners have left, or who never had one, go on together."""

from datetime import datetime

from bot.apply import addressed
from bot.audit import Did, Of, by
from bot.conversation.state import PairMove, PairState
from bot.errors import Refused
from bot.ids import derive
from bot.messages import CardKind
from bot.model import Pair, Reader
from bot.ports import Store

NOT_FREE = "Nobody was paired. Choose two people who are in no pair, or whose partner has left."
_STATES = (PairState.NOBODY, PairState.ONE, PairState.BOTH)


async def pair_up(store: Store, reader: Reader, one: str, two: str, now: datetime) -> None:
    """Make a pair of two people of the reader's programme. Both are told by a card; what each has written stays theirs.

    Raises:
        Refused: they are not two people who are free. Nothing was changed.
        Unknown: the reader facilitates nothing.
    """
    async with store.write() as tx:
        programme = (await tx.people.get(reader)).programme
        # Reading them so locks them: of two facilitators at once, the second finds them in a pair.
        await tx.setup.people_now(reader.tenant, programme)
        glance = await tx.glances.glance(reader)
        chosen = [each for each in glance.people if each.free and each.id in (one, two)]
        if len(chosen) != 2:
            raise Refused(NOT_FREE)
        for each in chosen:
            c = await tx.conversations.of(Reader(reader.tenant, each.id))
            if c.pair is not None and c.pair_state not in (None, PairState.ENDED):
                await tx.pairs.move(reader.tenant, c.pair, c.pair_state, PairMove.END)
                await tx.pairs.end(reader.tenant, c.pair)
        here = [each for each in chosen if each.joined]
        pair = derive(glance.programme.id, "pair", one, two, now.isoformat())
        await tx.setup.pair(Pair(reader.tenant, pair, glance.programme.id, one, two, _STATES[len(here)]), now)
        tx.audit.note(by(reader, Did.PAIRED, Of.PAIR, pair, now))
        cards = [(CardKind.NEW_PARTNER, pair), *([(CardKind.CHALLENGE, "word it")] if len(here) == 2 else [])]
        for each in here:
            to = Reader(reader.tenant, each.id)
            await tx.outbox.enqueue(
                [await addressed(tx, to, kind, subject, pair, now, proactive=True) for kind, subject in cards]
            )
