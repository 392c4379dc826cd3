"""The keepsake as a PDF: the same cards as the page, set in type. Loaded only when somebody wants a file.

People's words are in serif and the bot's in sans, as everywhere; two voices stand side by side with one line between.
A line runs the way its words are read. What no typeface here can show stands in [square brackets], and that is said.
"""

import logging
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import fontpkg
from fpdf import FPDF
from fpdf.bidi import auto_detect_base_direction
from fpdf.enums import TextDirection
from fpdf.fonts import TTFFont

from bot.cards.keepsake import NOTHING, TITLE
from bot.messages import Card, Quote, Role, Text
from bot.view import MemberView

# They write which signs a file holds into a log, and which it could not show: those are somebody's words.
logging.getLogger("fontTools").setLevel(logging.WARNING)
logging.getLogger("fpdf").setLevel(logging.ERROR)

# Millimetres of an A4 page.
WIDTH, TOP, BOTTOM, SIDE, GUTTER = 210.0, 20.0, 277.0, 22.0, 12.0
FULL = WIDTH - 2 * SIDE
HALF = (FULL - GUTTER) / 2
ENOUGH = 45.0
"""What has to be left of a page for a round to begin on it: a question, and the first lines below it."""

INK, SOFT, LINE = (29, 35, 41), (83, 91, 99), (221, 213, 200)
VOICES = {1: (11, 85, 99), 2: (138, 61, 18)}
"""The colours of the page on paper."""

BEYOND = (
    "Some signs cannot be shown in this file. They stand in [square brackets] here, and whole on the page."
)
_SCRIPT = "words in another script"
_AGAIN = re.compile(rf"(\[{_SCRIPT}\])(?:[\W_]*\1)+")


@dataclass(frozen=True, slots=True)
class Style:
    """How a line is set: the typeface, its size in points, the height of the line in millimetres, and the ink."""

    face: str
    size: float
    height: float
    ink: tuple[int, int, int] = INK
    centred: bool = False


HEAD, BY = Style("sans", 20, 9), Style("sans", 10, 5)
SMALL, WHEN = Style("sans", 9.5, 4.8, SOFT), Style("sans", 9.5, 5.5, SOFT, centred=True)
QUESTION, WORDS = Style("sans", 14, 6.6, centred=True), Style("serif", 11.5, 5.8)
AIR = Style("sans", 6, 3)


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    style: Style
    rightwards: bool = True


def typeset(view: MemberView, cards: Sequence[Card], now: datetime) -> bytes:
    """The file; the same words on the same day make the same file."""
    sheet = _Sheet(view, now)
    sheet.full([*sheet.lines(TITLE, HEAD, FULL), Line("", AIR)])
    names = " and ".join(name for name in (view.name, view.partner_name) if name)
    sheet.full([line for text in (names, view.programme_title) for line in sheet.lines(text, SMALL, FULL)])
    if view.challenge is not None and view.challenge.confirmed and cards:
        said = Quote(view.challenge.text, "Our challenge")
        sheet.full([Line("", AIR), *sheet.said(said, SMALL, FULL)])
    for card in cards:
        sheet.round(card)
    if not cards:
        sheet.full([Line("", AIR), *(each for text in NOTHING for each in sheet.lines(text, BY, FULL))])
    if sheet.beyond:
        sheet.full([Line("", AIR), *sheet.lines(BEYOND, SMALL, FULL)])
    return sheet.file()


class _Sheet:
    """One file in the making, and where on its last page the next line goes."""

    def __init__(self, view: MemberView, now: datetime) -> None:
        pdf = FPDF(format="A4")
        pdf.set_auto_page_break(False)
        pdf.c_margin = 0
        # Otherwise it would put a number in the place of these signs when somebody writes them.
        pdf.alias_nb_pages("")
        for face, family in (("serif", "Noto Serif"), ("sans", "Noto Sans"), ("arabic", "Noto Sans Arabic")):
            pdf.add_font(face, fname=str(fontpkg.path(family)))
        pdf.set_fallback_fonts(["sans", "serif", "arabic"], exact_match=False)
        pdf.set_title(TITLE)
        pdf.set_lang("en-GB")
        pdf.set_creator("Alongside")
        pdf.set_creation_date(now.replace(hour=0, minute=0, second=0, microsecond=0))
        self._pdf = pdf
        fonts = [font for font in pdf.fonts.values() if isinstance(font, TTFFont)]
        self._known = frozenset(sign for font in fonts for sign in font.cmap)
        self._widths: dict[tuple[Style, str], float] = {}
        self._page()
        self.beyond = False

    def file(self) -> bytes:
        return bytes(self._pdf.output())

    # ---- cards

    def round(self, card: Card) -> None:
        """One opening: when, the question, two voices, and what was said back."""
        if self._y + ENOUGH > BOTTOM:
            self._page()
        else:
            self._y += 12
        for side, group in groupby(card.parts, key=lambda part: part.side if isinstance(part, Quote) else 0):
            if side == 1:
                mine = self._voice(list(group))
            elif side == 2:
                self._two(mine, self._voice(list(group)))
            else:
                self.full([line for part in group for line in self._part(part)])

    def _part(self, part: object) -> Iterator[Line]:
        match part:
            case Text(text=text, role=Role.WHEN):
                yield from self.lines(text, WHEN, FULL)
            case Text(text=text, role=Role.LEAD):
                yield from (*self.lines(text, QUESTION, FULL), Line("", AIR))
            case Text(text=text):
                yield from (Line("", AIR), *self.lines(text, SMALL, FULL))
            case Quote():
                yield from (Line("", AIR), *self.said(part, SMALL, FULL))

    def said(self, quote: Quote, by: Style, width: float) -> Iterator[Line]:
        """Somebody's words, and whose they are."""
        for text, style in ((quote.by, by), (quote.asked, SMALL), (quote.text, WORDS), (quote.note, SMALL)):
            if text:
                yield from self.lines(text, style, width)

    def _voice(self, quotes: Sequence[object]) -> list[Line]:
        """One of the two: the name once, then each part of what they let the other read."""
        lines: list[Line] = []
        for number, quote in enumerate(quotes):
            assert isinstance(quote, Quote)
            ink = Style(BY.face, BY.size, BY.height, VOICES[quote.side])
            first = [*self.lines(quote.by, ink, HALF), Line("", AIR)] if number == 0 else [Line("", AIR)]
            lines += [*first, *self.said(Quote(quote.text, "", quote.note, 0, quote.asked), SMALL, HALF)]
        return lines

    # ---- pages

    def full(self, lines: Sequence[Line]) -> None:
        """Lines over the whole width, on as many pages as they need."""
        left = list(lines)
        while left:
            self._y, left = self._run(left, SIDE, FULL)
            if left:
                self._page()

    def _two(self, one: list[Line], two: list[Line]) -> None:
        """Two voices beside each other, and the line between them."""
        while one or two:
            top = self._y
            first, one = self._run(one, SIDE, HALF)
            second, two = self._run(two, SIDE + HALF + GUTTER, HALF)
            self._y = max(first, second)
            self._pdf.set_draw_color(*LINE)
            self._pdf.set_line_width(0.5)
            self._pdf.line(WIDTH / 2, top, WIDTH / 2, self._y)
            if one or two:
                self._page()

    def _run(self, lines: list[Line], x: float, width: float) -> tuple[float, list[Line]]:
        """Set what fits on this page, from where it stands; how far down that went, and what is left."""
        y = self._y
        for number, line in enumerate(lines):
            if y + line.style.height > BOTTOM:
                return y, lines[number:]
            self._set(line, x, y, width)
            y += line.style.height
        return y, []

    def _set(self, line: Line, x: float, y: float, width: float) -> None:
        if not line.text:
            return
        self._with(line.style, rightwards=line.rightwards)
        self._pdf.set_text_color(*line.style.ink)
        self._pdf.set_xy(x, y)
        align = "C" if line.style.centred else "L" if line.rightwards else "R"
        self._pdf.cell(width, line.style.height, line.text, align=align)

    def _page(self) -> None:
        self._pdf.add_page()
        self._y = TOP

    # ---- lines

    def lines(self, text: str, style: Style, width: float) -> Iterator[Line]:
        """Text as lines of at most `width`. Each line of a paragraph runs the way that its first words do."""
        shown = settable(text, self._known)
        self.beyond = self.beyond or shown != _plain(text)
        for paragraph in shown.split("\n"):
            rightwards = auto_detect_base_direction(paragraph) is not TextDirection.RTL
            yield from (Line(line, style, rightwards) for line in self._broken(paragraph, style, width))

    def _broken(self, paragraph: str, style: Style, width: float) -> Iterator[str]:
        line, used, space = "", 0.0, self._width(" ", style)
        words = (piece for word in paragraph.split(" ") for piece in self._pieces(word, style, width))
        for word in words:
            wide = self._width(word, style)
            if line and used + space + wide > width:
                yield line
                line, used = word, wide
            else:
                line, used = (f"{line} {word}", used + space + wide) if line else (word, wide)
        yield line

    def _pieces(self, word: str, style: Style, width: float) -> Iterator[str]:
        """A word, cut where it is longer than a line."""
        if self._width(word, style) <= width:
            yield word
            return
        piece, used = "", 0.0
        for sign in word:
            wide = self._width(sign, style)
            if piece and used + wide > width:
                yield piece
                piece, used = "", 0.0
            piece, used = piece + sign, used + wide
        yield piece

    def _width(self, text: str, style: Style) -> float:
        if (style, text) not in self._widths:
            self._with(style, rightwards=True)
            self._widths[style, text] = self._pdf.get_string_width(text)
        return self._widths[style, text]

    def _with(self, style: Style, *, rightwards: bool) -> None:
        self._pdf.set_font(style.face, size=style.size)
        self._pdf.set_text_shaping(True, direction="ltr" if rightwards else "rtl")


def settable(text: str, known: Collection[int]) -> str:
    """Text in signs that can be set: a small picture becomes its name in brackets, and words in a script that no
    typeface here has become one bracket that says so. Nothing vanishes without a word.
    """
    made: list[str] = []
    for beyond, run in groupby(_plain(text), key=lambda sign: ord(sign) not in known and sign != "\n"):
        signs = "".join(run)
        made.extend(_named(signs) if beyond else signs)
    return _AGAIN.sub(r"\1", "".join(made))


def _plain(text: str) -> str:
    """Text without the signs that only steer how others look."""
    text = unicodedata.normalize("NFC", text).replace("\t", " ")
    return "".join(sign for sign in text if sign == "\n" or not _steers(sign))


def _steers(sign: str) -> bool:
    """Control characters, the choice between a picture and a letter, and the colour of a skin."""
    chooses = "\ufe00" <= sign <= "\ufe0f" or "\U0001f3fb" <= sign <= "\U0001f3ff"
    return chooses or unicodedata.category(sign) == "Cc"


def _named(run: str) -> Iterator[str]:
    for written, signs in groupby(run, key=str.isalpha):
        if written:
            yield f"[{_SCRIPT}]"
        else:
            # A mark belongs to the sign before it, and goes with that.
            shown = [sign for sign in signs if not unicodedata.category(sign).startswith(("Cf", "M"))]
            yield from (f"[{unicodedata.name(sign, 'a sign').lower()}]" for sign in shown)
