"""Codes that attach an account in a chat to somebody: made on their own page, typed there, kept as a hash alone.

Whoever holds one reads what its maker reads, so it is shown to nobody else, works once, and for an hour.
"""

import hmac
import secrets
from datetime import timedelta

LASTS = timedelta(hours=1)

_LETTERS = "BCDFGHJKMNPQRSTVWXZ23456789"
"""Nothing that looks like something else, and no vowels, so that no code is a word."""

_LENGTH = 10


def new_code() -> str:
    """A code as it is shown: 27 to the power of ten, of which a handful can be tried."""
    drawn = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return f"{drawn[:5]}-{drawn[5:]}"


def hashed(code: str) -> str:
    """What is stored of a code, however it was typed. Keyed: no link to sign in with has the same hash as any code."""
    typed = "".join(char for char in code.upper() if char.isalnum())
    return hmac.new(b"a code for a chat", typed.encode("utf-8", "surrogatepass"), "sha256").hexdigest()
