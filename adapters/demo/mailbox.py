"""The demo's mail: it goes nowhere, and can be read on the stage."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from adapters.mail.letter import sentences_of, title_of
from adapters.web.render import Mail
from bot.messages import Link, Outgoing


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Takes the place of a mail server. `pages` is where each person's page is: their links lead there at once.

    Whoever has no page on the stage has a mailbox that nobody looks into.
    """

    now: Callable[[], datetime]
    pages: Mapping[str, str]
    _mails: dict[str, list[Mail]] = field(default_factory=dict, repr=False)

    async def post(self, outgoing: Outgoing) -> str:
        card = outgoing.card
        link = next(part for part in card.parts if isinstance(part, Link))
        href = self.pages.get(outgoing.to.person, "") + link.href
        mail = Mail(self.now(), title_of(card), sentences_of(card), link.label, href)
        self._mails.setdefault(outgoing.to.person, []).insert(0, mail)
        return outgoing.id

    def of(self, person: str) -> list[Mail]:
        """Their mail, the newest first."""
        return self._mails.get(person, [])

    def all(self) -> Mapping[str, tuple[Mail, ...]]:
        """Everybody's mail as it is now."""
        return {person: tuple(mails) for person, mails in self._mails.items()}

    def put_back(self, mails: Mapping[str, tuple[Mail, ...]]) -> None:
        """Forget all mail, and put this in its place."""
        self._mails.clear()
        self._mails.update({person: list(each) for person, each in mails.items()})
