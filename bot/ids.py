"""Names for rows: derived, never drawn or counted.

An id follows from what the row is about (a round and a person, a form and its content), so doing a thing
twice names the same row twice. Counters and clocks would tell a reader how much others have written.
"""

from hashlib import sha256
from uuid import uuid4


def derive(*parts: str) -> str:
    """The id (32 hexadecimal digits) that follows from `parts`; the first should be an id already."""
    text = "\x1f".join(parts)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def new_root() -> str:
    """A fresh id that nobody can guess, for what has nothing to be derived from: a tenant, a programme."""
    return uuid4().hex
