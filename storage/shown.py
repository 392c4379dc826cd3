"""What stands in chats: each post with its receipt, and how it was drawn there, as a stamp.

A stamp needs a key of the ring: whoever has the database alone cannot try which words a post might show.
"""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from sqlalchemy import and_, bindparam, select

from bot.messages import CardKind
from bot.model import Platform, Reader
from bot.rows import Standing
from bot.view import Post
from storage import tables as t
from storage.session import Session

_p = t.posts.c
_here = and_(_p.tenant_id == bindparam("tenant"), _p.person_id == bindparam("person"), _p.look.is_not(None))
_LATELY = select(t.posts).where(_here).order_by(_p.posted_at.desc()).limit(bindparam("limit"))
_ABOUT = select(t.posts).where(_here, _p.kind.in_(bindparam("kinds", expanding=True))).order_by(_p.posted_at)
_REDRAW = (
    t.posts.update()
    .where(
        _p.tenant_id == bindparam("tenant"), _p.person_id == bindparam("person"), _p.id == bindparam("post")
    )
    .values(look=bindparam("drawn"))
)


def look_of(session: Session, tenant: str, post: str, look: str) -> bytes:
    """How a post looks, as it is stored: bound to its row, so that two of the same look do not look alike."""
    return session.keys.stamp(f"{tenant}/{post}/{look}")


class SqlShown:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def lately(self, reader: Reader, limit: int) -> Sequence[Standing]:
        rows = await self._session.all(_LATELY, tenant=reader.tenant, person=reader.person, limit=limit)
        return [self._standing(row) for row in reversed(rows)]

    async def about(self, reader: Reader, kinds: Collection[CardKind]) -> Sequence[Standing]:
        asked = {"tenant": reader.tenant, "person": reader.person, "kinds": sorted(kinds)}
        return [self._standing(row) for row in await self._session.all(_ABOUT, **asked)]

    async def redrawn(self, reader: Reader, post: Standing, look: str) -> None:
        drawn = look_of(self._session, reader.tenant, post.post.id, look) if look else None
        values = {"tenant": reader.tenant, "person": reader.person, "post": post.post.id, "drawn": drawn}
        await self._session.run(_REDRAW, values)

    def _standing(self, row: Any) -> Standing:
        post = Post(row.id, CardKind(row.kind), row.subject, row.posted_at)
        return Standing(post, Platform(row.platform), row.receipt, partial(self._looks, row))

    def _looks(self, row: Any, look: str) -> bool:
        drawn: bytes = row.look
        return look_of(self._session, row.tenant_id, row.id, look) == drawn
