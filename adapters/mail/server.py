"""Where mail is handed over: what the settings say, apart from the library that does it."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over, and in whose name. `tls` from the first byte; otherwise with STARTTLS."""

    host: str
    port: int
    tls: bool
    sender: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str, sender: str) -> "MailServer":
        """From smtp://user:password@host:587 or smtps://user:password@host:465.

        Raises:
            ValueError: it is neither.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path not in ("", "/"):
            raise ValueError(url)
        tls = parts.scheme == "smtps"
        port = parts.port or (465 if tls else 587)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname, port, tls, sender, user, password)
