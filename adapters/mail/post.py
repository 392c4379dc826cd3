"""Sending mail: each with a fresh link, over an encrypted connection unless the server is on this machine."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr
from urllib.parse import urlsplit

import aiosmtplib

from adapters.mail.letter import Links, letter
from adapters.mail.server import MailServer
from adapters.web.door import make_link
from bot.cards.notice import URGENT, WAYS_IN
from bot.errors import PostFailed
from bot.messages import Link, Outgoing
from bot.model import Role
from bot.ports import Store

SECONDS = 8.0
"""How long a mail server may take: less than what a whole delivery may."""
GONE = 500
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def client_of(server: MailServer) -> aiosmtplib.SMTP:
    """A connection that is opened by entering it."""
    # On the way to another machine a mail is never in the clear; a server on this one may know no encryption.
    start = None if server.host in LOOPBACK else True
    return aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.user or None,
        password=server.password or None,
        use_tls=server.tls,
        start_tls=False if server.tls else start,
        timeout=SECONDS,
    )


async def links_for(outgoing: Outgoing, store: Store, now: datetime, address: str) -> Links:
    """Where the mail leads. A member's link lets them in; a facilitator's only when they have asked for one."""
    asked = outgoing.card.kind in WAYS_IN
    href = next(part.href for part in outgoing.card.parts if isinstance(part, Link))
    async with store.write() as tx:
        role = (await tx.people.get(outgoing.to)).role
        own = asked or role is not Role.FACILITATOR
        path = await make_link(tx, outgoing.to, role, now, works=own)
    # What somebody waits for is no notice that could be turned off.
    out = "" if asked or outgoing.card.kind in URGENT else f"{address}{path.replace('/in/', '/out/', 1)}"
    return Links(f"{address}{path}" if own else f"{address}/me{href}", out, own)


@dataclass(frozen=True, slots=True)
class MailPoster:
    """Hands mail to a server. What the server refuses for good is not tried again."""

    server: MailServer
    store: Store = field(repr=False)
    now: Callable[[], datetime]
    address: str

    async def post(self, outgoing: Outgoing) -> str:
        now, to = self.now(), outgoing.account.external
        links = await links_for(outgoing, self.store, now, self.address)
        host = urlsplit(self.address).hostname or "localhost"
        sender = self.server.sender
        try:
            mail = letter(
                outgoing.card, id=outgoing.id, sender=sender, to=to, links=links, host=host, now=now
            )
        except ValueError:
            # No file and no page lets one in that is none; whatever it is, it goes nowhere.
            raise PostFailed("the address is not one address", permanent=True) from None
        try:
            async with client_of(self.server) as client:
                # As bytes: the library would fold long lines again.
                await client.sendmail(parseaddr(sender)[1], [to], mail.as_bytes())
        except aiosmtplib.SMTPRecipientsRefused as refused:
            code = max(each.code for each in refused.recipients)
            raise PostFailed(f"the address was refused ({code})", permanent=code >= GONE) from None
        except aiosmtplib.SMTPAuthenticationError as refused:
            reason = f"the mail server did not let us in ({refused.code})"
            raise PostFailed(reason, permanent=False, away=True) from None
        except aiosmtplib.SMTPResponseException as refused:
            raise PostFailed(
                f"the mail was refused ({refused.code})", permanent=refused.code >= GONE
            ) from None
        except (aiosmtplib.SMTPException, OSError):
            raise PostFailed("the mail server could not be reached", permanent=False, away=True) from None
        return str(mail["Message-ID"])
