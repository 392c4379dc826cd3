"""Cards as HTML: how their parts stand together. A part is drawn in parts.py, the page around them in render.py.

Everything is escaped; only people's words are set as words; a card's controls stand in one plain form.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from types import MappingProxyType

from markupsafe import Markup

from adapters.web.letter import Entry
from adapters.web.parts import Headings, one, row, said
from bot.messages import Button, Card, CardKind, Input, Part, Quote, Role, Text

LIMITS: Mapping[str, int] = MappingProxyType(
    {
        "page": 60_000,  # bytes: an old phone on a slow line
        "earlier": 40,  # posts in the fold of what was earlier
    }
)


_ALIKE = frozenset({CardKind.LESS_OFTEN})
"""Cards that ask for a choice, none of whose ways is the first."""


_VOICE = Markup('<section class="voice v{}" aria-label="{}">\n<h3 class="by">{}</h3>\n{}\n</section>')
_VOICE_AMONG_MANY = Markup(
    '<div class="voice v{}" role="group" aria-label="{}">\n<h3 class="by">{}</h3>\n{}\n</div>'
)


@dataclass(frozen=True, slots=True)
class FormKeys:
    """What every form carries: where it goes, the token against forgery, and the name of this delivery."""

    action_url: str
    csrf: str
    nonce: str


def draw(card: Card, form: FormKeys, base: str = "", *, current: bool = True) -> str:
    """One card by itself, as it stands in a page."""
    return str(Drawn(form, base).card(card, current=current))


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
        headings = Headings(2)
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
        drawn = [said(quote, by)]
        headings = Headings(3)
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

    def _group(self, card: Card, group: tuple[Part, ...], headings: Headings, current: bool) -> Markup:
        first = group[0]
        match first:
            case Button(fold=fold, hint=hint) if fold:
                inside = row([first], current=False, beside_box=False, framed=True)
                return Markup(
                    '<details><summary>{}</summary>\n<p class="hint">{}</p>\n{}\n</details>'
                ).format(fold, hint, inside)
            case Button():
                buttons = [part for part in group if isinstance(part, Button)]
                return row(buttons, current=current, beside_box=_sends(card), framed=card.kind in _ALIKE)
            case Input(fold=fold) if fold:
                inside = Markup("\n").join(
                    self._group(card, part, headings, current=False) for part in _groups(group, folded=True)
                )
                return Markup("<details><summary>{}</summary>\n{}\n</details>").format(fold, inside)
            case Quote(side=side) if side:
                return self._border(
                    [part for part in group if isinstance(part, Quote)],
                    by_itself=card.kind is CardKind.OPENED,
                )
            case _:
                about = (card.kind.value, card.subject)
                return Markup("\n").join(one(part, headings, self._base, about) for part in group)

    def _border(self, quotes: Sequence[Quote], *, by_itself: bool) -> Markup:
        """Two voices and the line between them. By itself each is a place of the page, and among many it is none."""
        voice_of = _VOICE if by_itself else _VOICE_AMONG_MANY
        voices = Markup("\n").join(
            voice_of.format(
                side,
                voice[0].by,
                voice[0].by,
                Markup("\n").join(said(quote, "") for quote in voice),
            )
            for side, voice in (
                (side, list(each)) for side, each in groupby(quotes, key=lambda quote: quote.side)
            )
        )
        return Markup('<div class="border">\n{}\n</div>').format(voices)


def _without_header_words(card: Card) -> tuple[Part, ...]:
    """A question without the challenge that it quotes: the header above it says it already."""
    if card.kind is not CardKind.QUESTION:
        return card.parts
    return tuple(part for part in card.parts if not isinstance(part, Quote))


def _groups(parts: Sequence[Part], *, folded: bool = False) -> Iterator[tuple[Part, ...]]:
    """Neighbours that are drawn together: buttons in a row, two voices, a folded box with its buttons.

    A button behind a fold of its own stands by itself.
    """
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
    return isinstance(first, Button) and isinstance(part, Button) and not (first.fold or part.fold)


def _has_controls(card: Card) -> bool:
    return any(isinstance(part, Button) for part in card.parts)


def _sends(card: Card) -> bool:
    return any(isinstance(part, Input) for part in card.parts)
