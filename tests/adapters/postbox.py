"""A mail server for tests, and what comes to it: a real one, which keeps what it was handed."""

import re
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

from bot.apply import addressed
from bot.messages import CardKind
from tests.adapters.service import NOW, Service
from tests.cast import ADA, FAY, Character

ADDRESSES = {ADA: "ada@example.org", FAY: "fay@example.org"}


@dataclass
class Postbox:
    """What a mail server was handed, and how it answers."""

    says: str = "250 OK"
    mails: list[EmailMessage] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.says.startswith("250"):
            assert isinstance(envelope.content, bytes)
            mail = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            assert envelope.rcpt_tos == [str(mail["To"])]
            self.mails.append(mail)
            self.sent.append(envelope.content)
        return self.says

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.says.startswith("55"):
            return self.says
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def to(self, who: Character) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == ADDRESSES[who]]


async def say(service: Service, who: Character, kind: CardKind, cause: str = "1") -> None:
    """Something comes that nobody asked for, and both queues are worked through."""
    async with service.store.read() as tx:
        digest = (await tx.digests.summaries(FAY.reader))[0].id
        subject = (await tx.conversations.of(ADA.reader)).round or ""
    about = digest if kind is CardKind.DIGEST else subject
    async with service.store.write() as tx:
        row = await addressed(tx, who.reader, kind, about, cause, NOW, proactive=True)
        await tx.outbox.enqueue([row])
    await service.house.settle()


def bodies(mail: EmailMessage) -> list[str]:
    return [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]


def link_in(mail: EmailMessage, where: str = "in") -> str:
    found = re.search(rf"http://127\.0\.0\.1(/{where}/[\w-]+)", bodies(mail)[0])
    assert found is not None
    return found[1]
