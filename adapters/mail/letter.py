"""One mail: a card as plain text and as HTML, with a link that is its reader's own.

Everything is escaped. People's words, where a mail holds any, are set apart in serif, and in plain text behind a “>”.
"""

from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from bot.messages import Card, Link, Part, Quote, Role, Text

_pages = Environment(
    loader=PackageLoader("adapters.mail", "."),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

FOOT = "I am Alongside, a bot. Nobody reads what is sent back to this address."
ONES_OWN = "This link is yours alone: whoever opens it can come in as you."


@dataclass(frozen=True, slots=True)
class Links:
    """Where a letter leads: `page` is what it is about, `out` where its reader can end all of them, if anywhere.

    `own` says that whoever opens `page` comes in as its reader.
    """

    page: str
    out: str = ""
    own: bool = False


def title_of(card: Card) -> str:
    return next(part.text for part in card.parts if isinstance(part, Text) and part.role is Role.TITLE)


def sentences_of(card: Card) -> tuple[str, ...]:
    return tuple(part.text for part in card.parts if isinstance(part, Text) and part.role is Role.BODY)


def letter(
    card: Card, *, id: str, sender: str, to: str, links: Links, host: str, now: datetime
) -> EmailMessage:
    """The mail for a card. Sent twice it has the same Message-ID, so that a mailbox can show it once.

    Raises:
        ValueError: `to` is not one person's address and nothing else.
    """
    title = title_of(card)
    # A long address is not folded: mail apps look for the way out in one piece.
    message = EmailMessage(policy.SMTP.clone(max_line_length=998))
    message["From"] = sender
    message["To"] = to
    if [each.addr_spec for each in message["To"].addresses] != [to]:
        raise ValueError("not one address")
    message["Subject"] = title
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{id}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    if links.out:
        # RFC 8058: one press in the mail app itself, without a page in between.
        message["List-Unsubscribe"] = f"<{links.out}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    said = {"title": title, "parts": [(_kind(part), part) for part in card.parts[1:]], "links": links}
    said |= {"ones_own": ONES_OWN, "foot": FOOT}
    # Somebody's line may be longer than a line of a mail may be; and this costs a third in every script.
    cte = "base64" if any(isinstance(part, Quote) for part in card.parts) else None
    message.set_content(_pages.get_template("letter.txt").render(said), cte=cte)
    message.add_alternative(_pages.get_template("letter.html").render(said), subtype="html", cte=cte)
    return message


def _kind(part: Part) -> str:
    """What the templates call a part."""
    match part:
        case Text(role=role):
            return role.value
        case Quote():
            return "words"
        case Link():
            return "link"
        case _:
            raise TypeError(f"A mail cannot hold a {type(part).__name__}.")
