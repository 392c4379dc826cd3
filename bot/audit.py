"""What is noted of who saw, changed, took with them or removed what.

An entry holds ids alone, never words, names or addresses: it outlives what it speaks of, and tells nobody anything
that the rest of the database would not. Calls are not noted at all: that somebody wanted one is between those two.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.model import Reader

SERVICE, COMMAND_LINE = "the service", "the command line"
"""Who does what no person of a programme does."""


class Did(StrEnum):
    """What was done, as it reads after whoever did it."""

    OPENED = "opened"
    MAILED = "was sent by mail"
    TOOK = "took to a module"
    ANSWERED = "answered"
    AGREED = "agreed to"
    WITHDREW = "withdrew agreement to"
    LEFT = "left"
    COPIED = "took a copy"
    ERASED = "erased"
    REMOVED = "removed"
    SENT_LINK = "sent a link to"
    MADE_LINK = "made a link for"
    PAIRED = "made"
    HELD = "stopped every message to"
    LIFTED = "let messages go again to"
    APPLIED = "applied a file to"
    IMPORTED = "brought people into"
    READDRESSED = "changed the address of"
    LOOKED_AHEAD = "looked ahead at the next page of"
    DELETED = "deleted old words of"
    FORGOT = "removed for their age"
    REACHED = "attached a chat account to"
    PARTED = "took the chat account away from"
    ANNOUNCES = "chose a channel for weekly pages of"
    ANNOUNCES_NOT = "ended the channel for weekly pages of"


class Of(StrEnum):
    """What kind of thing an id names."""

    DIGEST = "digest"
    LINE = "line"
    TERMS = "terms"
    PERSON = "person"
    PAIR = "pair"
    PROGRAMME = "programme"
    ENTRIES = "entries"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done: `who` is a person's id, or one of the two above; `of` and `id` say to what."""

    tenant: str
    at: datetime
    who: str
    did: Did
    of: Of
    id: str


def by(reader: Reader, did: Did, of: Of, id: str, at: datetime) -> Entry:
    """What somebody did themselves."""
    return Entry(reader.tenant, at, reader.person, did, of, id)
