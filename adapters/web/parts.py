"""The parts of a card as HTML, one function each. How they stand together is draw.py's.

Everything is escaped, and only people's words are set as words.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import assert_never

from markupsafe import Markup, escape

from bot.messages import Action, Button, Choices, Divider, Input, Link, Option, Part, Quote, Role, Text

ROWS = 12
"""Lines of a box before it scrolls."""


class Headings:
    """The first title of a card is its heading; those after it stand one level below."""

    def __init__(self, level: int) -> None:
        self._level = level
        self._used = False

    def next(self) -> int:
        level = self._level + 1 if self._used else self._level
        self._used = True
        return level


def one(part: Part, headings: Headings, base: str, about: tuple[str, str]) -> Markup:
    """One part; `about` are the kind and the subject of its card, from which a box takes its id."""
    match part:
        case Text():
            return _text(part, headings)
        case Quote():
            return said(part, part.by)
        case Choices():
            return _choices(part)
        case Input():
            kind, subject = about
            return _input(part, _id(kind, part.name, subject))
        case Button():
            return row([part], current=False, beside_box=False)
        case Link():
            return _link(part, base)
        case Divider():
            return Markup("")
        case _:
            assert_never(part)


def plain(parts: Sequence[Part], base: str) -> Markup:
    """Parts that stand outside a card, and ask for nothing."""
    headings = Headings(2)
    return Markup("\n").join(one(part, headings, base, ("", "")) for part in parts)


def row(buttons: Sequence[Button], *, current: bool, beside_box: bool, framed: bool = False) -> Markup:
    """Buttons beside each other. All of them are `framed` where none is the first."""
    drawn = Markup("\n").join(
        _button(button, current=current, framed=framed or (beside_box and _saves(button)))
        for button in buttons
    )
    return Markup('<div class="row">{}</div>').format(drawn)


def _text(text: Text, headings: Headings) -> Markup:
    words = _quoting(text)
    match text.role:
        case Role.WHEN:
            return Markup('<p class="when">{}</p>').format(words)
        case Role.TITLE:
            level = headings.next()
            return Markup('<h{} class="title">{}</h{}>').format(level, words, level)
        case Role.LEAD:
            level = headings.next()
            return Markup('<h{} class="question">{}</h{}>').format(level, words, level)
        case Role.BODY:
            return Markup("<p>{}</p>").format(words)
        case Role.HINT:
            return Markup('<p class="hint">{}</p>').format(words)
        case _:
            assert_never(text.role)


def _quoting(text: Text) -> Markup:
    """The bot's sentence, with the person's words inside it set as words."""
    before, found, after = text.text.partition(f"“{text.quoting}”") if text.quoting else (text.text, "", "")
    if not found:
        return escape(text.text)
    return Markup('{}<q class="words" dir="auto">“{}”</q>{}').format(before, text.quoting, after)


def said(quote: Quote, by: str) -> Markup:
    lines = []
    if by:
        lines.append(Markup('<p class="by">{}</p>').format(by))
    if quote.asked:
        lines.append(Markup('<p class="hint">{}</p>').format(quote.asked))
    if quote.text:
        lines.append(Markup('<blockquote class="words" dir="auto">{}</blockquote>').format(quote.text))
    if quote.note:
        lines.append(Markup('<p class="note">{}</p>').format(quote.note))
    return Markup('<div class="said">{}</div>').format(Markup("").join(lines))


def _link(link: Link, base: str) -> Markup:
    href = f"{base}{link.href}" if link.href.startswith("/") else link.href
    return Markup('<p class="link"><a href="{}">{}</a></p>').format(href, link.label)


def _choices(choices: Choices) -> Markup:
    options = Markup("\n").join(_option(choices, option) for option in choices.options)
    return Markup("<fieldset><legend>{}</legend>\n{}\n</fieldset>").format(choices.legend, options)


def _option(choices: Choices, option: Option) -> Markup:
    key = _id(choices.name, option.value)
    hint = Markup('<span class="hint" id="{}-h">{}</span>').format(key, option.hint) if option.hint else ""
    return Markup(
        '<div class="option"><input type="radio" id="{id}" name="{name}" value="{value}"{checked}{needed}{described}>'
        '<label for="{id}">{label}</label>{hint}</div>'
    ).format(
        id=key,
        name=choices.name,
        value=option.value,
        checked=Markup(" checked") if option.value == choices.chosen else "",
        # Where nothing is chosen beforehand, the browser itself says what is missing, at its place.
        needed=Markup("") if choices.chosen else Markup(" required"),
        described=Markup(' aria-describedby="{}-h"').format(key) if option.hint else "",
        label=option.label,
        hint=hint,
    )


def _input(box: Input, key: str) -> Markup:
    hint = Markup('<p class="hint" id="{}-h">{}</p>').format(key, box.hint) if box.hint else ""
    return Markup(
        '<div class="box"><label for="{id}">{label}</label>'
        '<textarea id="{id}" name="{name}" rows="{rows}" dir="auto"{draft}{described}>\n{value}</textarea>{hint}</div>'
    ).format(
        id=key,
        label=box.label,
        name=box.name,
        rows=min(box.lines, ROWS),
        draft=Markup(' data-draft="{}"').format(box.draft) if box.draft else "",
        described=Markup(' aria-describedby="{}-h"').format(key) if box.hint else "",
        value=box.value,
        hint=hint,
    )


_SAVES = frozenset(
    {
        Action.SEND,
        Action.PROPOSE,
        Action.CHOOSE_WORDS,
        Action.EDIT,
        Action.SAY_BACK,
        Action.ANSWER_BACK,
        Action.ASK_CALL,
    }
)


_ASKS_NOTHING = frozenset({Action.NO_CALL})
"""Stands beside a choice that has to be made before something else is sent, and not before this."""


def _saves(button: Button) -> bool:
    return button.action in _SAVES and button.subject != "empty"


def _button(button: Button, *, current: bool, framed: bool) -> Markup:
    """Filled if it is the page's one, framed if it sends a box or would be filled elsewhere, else like a link."""
    if button.primary and current:
        look = "go"
    elif button.primary or framed:
        look = "edged"
    else:
        look = "quiet"
    value = f"{button.action.value}:{button.subject}" if button.subject else button.action.value
    free = Markup(" formnovalidate") if button.action in _ASKS_NOTHING else ""
    made = Markup('<button class="{}" name="action" value="{}"{}>{}</button>')
    return made.format(look, value, free, button.label)


def _id(*names: str) -> str:
    """An id that stays the same from one making of a page to the next."""
    return "i" + sha256("\x1f".join(names).encode("utf-8", "surrogatepass")).hexdigest()[:10]
