"""Settings: one frozen object from the environment, read once. Every mistake is reported together."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from adapters.mail.server import MailServer
from adapters.slack.server import SlackApp, slack_from
from storage.crypto import KeyFault, KeyRing


class BadSettings(Exception):
    """The settings cannot be used. The message names every mistake and its remedy."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`database` is a URL (sqlite:///file or postgresql://…); `keys` the ring that words are encrypted with.

    `address` is where people reach the service, as it stands in links; `signposts` is a file that takes the
    place of the product's own list of where people can turn; `mail` is where notices are handed over, if anywhere;
    `slack` how the service is known in a workspace, if it is.
    """

    database: str = field(repr=False)
    keys: KeyRing = field(repr=False)
    host: str
    port: int
    address: str
    signposts: Path | None = None
    mail: MailServer | None = None
    slack: SlackApp | None = None


def port_from(environment: Mapping[str, str], faults: list[str]) -> int:
    """ALONGSIDE_PORT, or 8080."""
    text = environment.get("ALONGSIDE_PORT", "8080")
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        faults.append(f"ALONGSIDE_PORT is “{text}”: give a number from 1 to 65535.")
        return 8080
    return int(text)


def address_from(environment: Mapping[str, str], faults: list[str], port: int = 8080) -> str:
    """ALONGSIDE_ADDRESS, or this machine's own."""
    address = environment.get("ALONGSIDE_ADDRESS", f"http://127.0.0.1:{port}").rstrip("/")
    if not _ADDRESS.fullmatch(address):
        faults.append(
            f"ALONGSIDE_ADDRESS is “{address}”: give the address that people open, such as https://alongside.example.org."
        )
    return address


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings of a real service.

    Raises:
        BadSettings: with every missing or bad name.
    """
    faults: list[str] = []
    database = environment.get("ALONGSIDE_DATABASE", "")
    if not database.startswith(("sqlite:///", "postgresql://")):
        faults.append(
            "ALONGSIDE_DATABASE is missing: sqlite:////path/to/file.db or postgresql://user@host/name."
        )
    keys = None
    try:
        keys = KeyRing.parse(environment.get("ALONGSIDE_KEYS", ""))
    except KeyFault as fault:
        faults.append(f"ALONGSIDE_KEYS: {fault} Make one with: alongside keys new")
    port = port_from(environment, faults)
    address = address_from(environment, faults, port)
    signposts = Path(environment["ALONGSIDE_SIGNPOSTS"]) if environment.get("ALONGSIDE_SIGNPOSTS") else None
    if signposts is not None and not signposts.is_file():
        faults.append(f"ALONGSIDE_SIGNPOSTS names {signposts}, which is not a file.")
    mail = _mail_from(environment, faults)
    slack = slack_from(environment, faults)
    if faults or keys is None:
        raise BadSettings("\n".join(["The settings cannot be used:", *(f"- {fault}" for fault in faults)]))
    host = environment.get("ALONGSIDE_HOST", "127.0.0.1")
    return Settings(database, keys, host, port, address, signposts, mail, slack)


def _mail_from(environment: Mapping[str, str], faults: list[str]) -> MailServer | None:
    url, sender = environment.get("ALONGSIDE_MAIL", ""), environment.get("ALONGSIDE_MAIL_FROM", "")
    if not url:
        return None
    if not _SENDER.fullmatch(sender):
        faults.append(
            "ALONGSIDE_MAIL_FROM is missing: the address that mail comes from, such as alongside@example.org."
        )
    try:
        return MailServer.parse(url, f"Alongside <{sender}>")
    except ValueError:
        # What stands there may hold a password: it is not repeated.
        faults.append(
            "ALONGSIDE_MAIL is no mail server: give smtp://user:password@host:587 or smtps://user:password@host:465."
        )
        return None


_SENDER = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_ADDRESS = re.compile(r"https?://[^/?#\s@]+")
