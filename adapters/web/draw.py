"""Cards as HTML: one function a part. The pages around them are drawn in render.py.

Everything is escaped; only people's words are set as words; a card's controls stand in one plain form.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import groupby
from types import MappingProxyType
from typing import assert_never

from markupsafe import Markup, escape

from adapters.web.letter import Entry
from bot.messages import (
    Action,
    Button,
    Card,
    CardKind,
    Choices,
    Divider,
    Input,
    Link,
    Option,
    Part,
    Quote,
    Role,
    Text,
)

LIMITS: Mapping[str, int] = MappingProxyType(
    {
        "page": 60_000,  # bytes: an old phone on a slow line
        "rows": 12,  # lines of a box before it scrolls
        "earlier": 40,  # posts in the fold of what was earlier
    }
)


_ALIKE = frozenset({CardKind.LESS_OFTEN})
"""Cards that ask for a choice, none of whose ways is the first."""

_LOOSE = Card(CardKind.HELP, ())


@dataclass(frozen=True, slots=True)
class FormKeys:
    """What every form carries: where it goes, the token against forgery, and the name of this delivery."""

    action_url: str
    csrf: str
    nonce: str


def draw(card: Card, form: FormKeys, base: str = "", *, current: bool = True) -> str:
    """One card by itself, as it stands in a page."""
    return str(Drawn(form, base).card(card, current=current))


def plain(parts: Sequence[Part], base: str) -> Markup:
    """Parts that stand outside a card, and ask for nothing."""
    drawn, headings = Drawn(FormKeys("", "", ""), base), _Headings(2)
    return Markup("\n").join(drawn.part(part, headings) for part in parts)


class Drawn:
    """Draws the cards of one page; holds only what all of them share."""

    def __init__(self, form: FormKeys, base: str) -> None:
        self._form = form
        self._base = base

    def entry(self, entry: Entry, *, current: bool) -> Markup:
        """A card, the words that answer it, and whatever was said beside it."""
        drawn = self.card(entry.card, current=current, asides=entry.asides)
        return drawn + Markup("").join(self._own(own.card, own.by) for own in entry.own)

    def card(self, card: Card, *, current: bool, asides: Sequence[Card] = ()) -> Markup:
        parts = _without_header_words(card)
        headings = _Headings(2)
        drawn: list[Markup] = []
        for group in _groups(parts):
            drawn.append(self._group(card, group, headings, current))
            if asides and isinstance(group[0], Text) and group[0].role is Role.LEAD:
                drawn += [self._aside(aside) for aside in asides]
                asides = ()
        inside = Markup("\n").join(drawn)
        if _has_controls(card):
            inside = self._enclosed(card, inside)
        kind = "k-" + card.kind.value.replace(" ", "-")
        return Markup('<section class="card {}{}">\n{}\n</section>\n').format(
            kind, Markup(" now") if current else "", inside
        )

    def _own(self, card: Card, by: str) -> Markup:
        """The reader's own words in the letter, and behind a fold the way to change or remove them."""
        quote, *rest = card.parts
        assert isinstance(quote, Quote)
        drawn = [_quote(quote, by)]
        headings = _Headings(3)
        drawn += [self._group(card, group, headings, current=False) for group in _groups(rest)]
        inside = Markup("\n").join(drawn)
        if _has_controls(card):
            inside = self._enclosed(card, inside)
        return Markup('<div class="own">\n{}\n</div>\n').format(inside)

    def _aside(self, card: Card) -> Markup:
        texts = [part for part in card.parts if isinstance(part, Text)]
        inside = Markup("").join(
            Markup("<p><b>{}</b></p>").format(t.text)
            if t.role is Role.TITLE
            else Markup("<p>{}</p>").format(t.text)
            for t in texts
        )
        return Markup('<div class="aside">{}</div>').format(inside)

    def _enclosed(self, card: Card, inside: Markup) -> Markup:
        """The one form of a card."""
        keys: dict[str, str] = {"csrf": self._form.csrf, "nonce": self._form.nonce, "subject": card.subject}
        draft = next((part.draft for part in card.parts if isinstance(part, Input) and part.draft), "")
        if draft:
            keys["box"] = draft
        hidden = Markup("").join(
            Markup('<input type="hidden" name="{}" value="{}">').format(name, value)
            for name, value in keys.items()
        )
        return Markup('<form method="post" action="{}#now" autocomplete="off">{}\n{}\n</form>').format(
            self._form.action_url, hidden, inside
        )

    def _group(self, card: Card, group: tuple[Part, ...], headings: "_Headings", current: bool) -> Markup:
        first = group[0]
        match first:
            case Button():
                buttons = [part for part in group if isinstance(part, Button)]
                framed = card.kind in _ALIKE
                return self._row(buttons, current=current, beside_box=_sends(card), framed=framed)
            case Input(fold=fold) if fold:
                inside = Markup("\n").join(
                    self._group(card, part, headings, current=False) for part in _groups(group, folded=True)
                )
                return Markup("<details><summary>{}</summary>\n{}\n</details>").format(fold, inside)
            case Quote(side=side) if side:
                return self._border([part for part in group if isinstance(part, Quote)])
            case _:
                return Markup("\n").join(self.part(part, headings, card) for part in group)

    def part(self, part: Part, headings: "_Headings", card: Card = _LOOSE) -> Markup:
        """One part; a box takes its id from the card that it stands in."""
        match part:
            case Text():
                return _text(part, headings)
            case Quote():
                return _quote(part, part.by)
            case Choices():
                return _choices(part)
            case Input():
                return _input(part, _id(card.kind.value, part.name, card.subject))
            case Button():
                return self._row([part], current=False, beside_box=False)
            case Link():
                return self._link(part)
            case Divider():
                return Markup("")
            case _:
                assert_never(part)

    def _row(
        self, buttons: Sequence[Button], *, current: bool, beside_box: bool, framed: bool = False
    ) -> Markup:
        drawn = Markup("\n").join(
            _button(button, current=current, framed=framed or (beside_box and _saves(button)))
            for button in buttons
        )
        return Markup('<div class="row">{}</div>').format(drawn)

    def _link(self, link: Link) -> Markup:
        href = f"{self._base}{link.href}" if link.href.startswith("/") else link.href
        return Markup('<p class="link"><a href="{}">{}</a></p>').format(href, link.label)

    def _border(self, quotes: Sequence[Quote]) -> Markup:
        """Two voices and the line between them."""
        voices = Markup("\n").join(
            Markup(
                '<section class="voice v{}" aria-label="{}">\n<h3 class="by">{}</h3>\n{}\n</section>'
            ).format(
                side,
                voice[0].by,
                voice[0].by,
                Markup("\n").join(_quote(quote, "") for quote in voice),
            )
            for side, voice in (
                (side, list(each)) for side, each in groupby(quotes, key=lambda quote: quote.side)
            )
        )
        return Markup('<div class="border">\n{}\n</div>').format(voices)


class _Headings:
    """The first title of a card is its heading; those after it stand one level below."""

    def __init__(self, level: int) -> None:
        self._level = level
        self._used = False

    def next(self) -> int:
        level = self._level + 1 if self._used else self._level
        self._used = True
        return level


def _without_header_words(card: Card) -> tuple[Part, ...]:
    """A question without the challenge that it quotes: the header above it says it already."""
    if card.kind is not CardKind.QUESTION:
        return card.parts
    return tuple(part for part in card.parts if not isinstance(part, Quote))


def _groups(parts: Sequence[Part], *, folded: bool = False) -> Iterator[tuple[Part, ...]]:
    """Neighbours that are drawn together: buttons in a row, two voices, a folded box with its buttons."""
    group: list[Part] = []
    for part in parts:
        if group and not _belongs(group, part, folded):
            yield tuple(group)
            group = []
        group.append(replace(part, fold="") if folded and isinstance(part, Input) else part)
    if group:
        yield tuple(group)


def _belongs(group: Sequence[Part], part: Part, folded: bool) -> bool:
    first = group[0]
    if isinstance(first, Input) and first.fold and not folded:
        return isinstance(part, Button)
    if isinstance(first, Quote) and first.side:
        return isinstance(part, Quote) and part.side > 0
    return isinstance(first, Button) and isinstance(part, Button)


def _has_controls(card: Card) -> bool:
    return any(isinstance(part, Button) for part in card.parts)


def _sends(card: Card) -> bool:
    return any(isinstance(part, Input) for part in card.parts)


# ---- parts


def _text(text: Text, headings: _Headings) -> Markup:
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


def _quote(quote: Quote, by: str) -> Markup:
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


def _choices(choices: Choices) -> Markup:
    options = Markup("\n").join(_option(choices, option) for option in choices.options)
    return Markup("<fieldset><legend>{}</legend>\n{}\n</fieldset>").format(choices.legend, options)


def _option(choices: Choices, option: Option) -> Markup:
    key = _id(choices.name, option.value)
    hint = Markup('<span class="hint" id="{}-h">{}</span>').format(key, option.hint) if option.hint else ""
    return Markup(
        '<div class="option"><input type="radio" id="{id}" name="{name}" value="{value}"{checked}{described}>'
        '<label for="{id}">{label}</label>{hint}</div>'
    ).format(
        id=key,
        name=choices.name,
        value=option.value,
        checked=Markup(" checked") if option.value == choices.chosen else "",
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
        rows=min(box.lines, LIMITS["rows"]),
        draft=Markup(' data-draft="{}"').format(box.draft) if box.draft else "",
        described=Markup(' aria-describedby="{}-h"').format(key) if box.hint else "",
        value=box.value,
        hint=hint,
    )


_SAVES = frozenset(
    {Action.SEND, Action.PROPOSE, Action.CHOOSE_WORDS, Action.EDIT, Action.SAY_BACK, Action.ANSWER_BACK}
)


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
    return Markup('<button class="{}" name="action" value="{}">{}</button>').format(look, value, button.label)


def _id(*names: str) -> str:
    """An id that stays the same from one making of a page to the next."""
    return "i" + sha256("\x1f".join(names).encode("utf-8", "surrogatepass")).hexdigest()[:10]
