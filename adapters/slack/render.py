"""A card as Slack shows it: `to_message` for what is posted, `to_modal` for what one of its buttons opens.

The question first, then people's words as quotations, then the buttons. Whatever somebody wrote stands in texts that
Slack does not read for markup, so it can call nobody and pretend to be nothing. An answer is written as a message;
every other text is asked for in a modal, which its button opens.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeAlias, assert_never

from adapters.slack import limits
from bot.cards.joining import EMPTY
from bot.messages import (
    Action,
    Button,
    Card,
    CardKind,
    Choices,
    Divider,
    Input,
    Link,
    Part,
    Quote,
    Role,
    TeamAction,
    Text,
)

Block: TypeAlias = dict[str, Any]

SEPARATOR = "|"
ANSWER = "message"
"""The box of an answer: in Slack that is the conversation itself."""

READ_HERE = "Write your answer here, in one message or in several."
AT_ANY_TIME = "A message that is only “stop”, “pause” or “help” does just that."
MAY_BE_READ = "Your organisation may be able to read what is written here, even after deletion."
INSTEAD = "Answer on the web page instead"
MORE = "Read all of it on your page"

FORMS = frozenset(
    {
        Action.CHOOSE_WORDS,
        Action.PROPOSE,
        Action.SAY_BACK,
        Action.ANSWER_BACK,
        Action.EDIT,
        Action.ASK_CALL,
    }
)
"""What brings a text with it, and so is asked for in a modal."""


@dataclass(frozen=True, slots=True)
class Message:
    """What `chat.postMessage` takes: blocks, and the text for whoever has no blocks."""

    text: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Form:
    """One button of a card that brings text with it, and the fields that it asks for."""

    button: Button
    fields: tuple[Choices | Input, ...]

    @property
    def label(self) -> str:
        """What opens it: the words that its box stays folded behind on a page, or those that stand above it."""
        boxes = [each for each in self.fields if isinstance(each, Input)]
        return next((each.fold or each.label for each in boxes), self.button.label)


def to_message(card: Card, address: str) -> Message:
    """The message for a card; `address` is where the web pages are."""
    blocks = _shortened(list(_blocks(card, address)), address)
    return Message(escaped(_cut(card.fallback(), limits.FALLBACK // 2)), blocks)


def to_home(card: Card, address: str) -> Block:
    """The app's home, as a card."""
    return {"type": "home", "blocks": list(to_message(card, address).blocks)}


def to_modal(card: Card, pressed: str) -> Block | None:
    """What the button with the value `pressed` opens, or None if the card has no such button any more."""
    for form in _forms(card):
        if value_of(card, form.button) == pressed and not _is_too_long(form):
            return {
                "type": "modal",
                "callback_id": "form",
                "private_metadata": pressed,
                "title": plain("Alongside", limits.MODAL_TITLE),
                "submit": plain(form.button.label, limits.MODAL_TITLE),
                "close": plain("Not now", limits.MODAL_TITLE),
                "blocks": [field_of(each) for each in form.fields],
            }
    return None


def value_of(card: Card, button: Button) -> str:
    """What a button sends: what to do and what it is about, and the card that it stands on."""
    return SEPARATOR.join(
        (button.action.value, button.subject or card.subject, card.kind.value, card.subject)
    )


def escaped(text: str) -> str:
    """A text in which Slack finds neither a mention nor a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# ---- the parts


def _blocks(card: Card, address: str) -> Iterator[Block]:
    forms = {id(form.button): form for form in _forms(card)}
    asked_for = {id(field) for form in forms.values() for field in form.fields}
    numbers = count()
    row: list[Block] = []
    for part in card.parts:
        if isinstance(part, Button):
            row.extend(_buttons(card, part, forms.get(id(part)), address, numbers))
            continue
        if id(part) in asked_for:
            continue
        yield from rows(row)
        row = []
        yield from blocks_of(part, address, card.kind)
    yield from rows(row)


def blocks_of(part: Part, address: str, kind: CardKind) -> Iterator[Block]:
    """What one part of a card is drawn with; a button needs the card, and is drawn with the others of its row."""
    match part:
        case Text():
            yield _text(part)
        case Quote():
            yield _quote(part)
        case Choices():
            yield field_of(part)
        case Input(name=name):
            if name == ANSWER and kind is CardKind.QUESTION:
                yield _context(f"{READ_HERE} {AT_ANY_TIME} {MAY_BE_READ}")
                yield _rich([_link(f"{address}/me/", INSTEAD)])
            elif name == ANSWER:
                yield _context(READ_HERE)
        case Link(href=href, label=label):
            yield _rich([_link(f"{address}/me{href}" if href.startswith("/") else href, label)])
        case Divider():
            yield {"type": "divider"}
        case Button():
            pass
        case _:
            assert_never(part)


def _text(text: Text) -> Block:
    match text.role:
        case Role.WHEN | Role.HINT:
            return _context(text.text)
        case Role.TITLE:
            return _rich([_said(text.text, bold=True)])
        case Role.LEAD:
            if len(text.text) <= limits.HEADER:
                return {"type": "header", "text": plain(text.text, limits.HEADER)}
            return _rich([_said(text.text, bold=True)])
        case Role.BODY:
            return _rich([_said(text.text)])
        case _:
            assert_never(text.role)


def _quote(quote: Quote) -> Block:
    elements: list[Block] = []
    above = [_said(quote.by, bold=True)] if quote.by else []
    if quote.account is not None and quote.account.external:
        above = [
            {"type": "user", "user_id": quote.account.external.rpartition(":")[2], "style": {"bold": True}}
        ]
    if quote.asked:
        above += [_said(("\n" if above else "") + quote.asked, italic=True)]
    if above:
        elements.append(_section(above))
    if quote.text:
        elements.append({"type": "rich_text_quote", "elements": [_said(quote.text)]})
    if quote.note:
        elements.append(_section([_said(quote.note, italic=True)]))
    return {"type": "rich_text", "elements": elements}


def _buttons(
    card: Card, button: Button, form: Form | None, address: str, numbers: Iterator[int]
) -> Iterator[Block]:
    if button.action is Action.SEND:
        # What is written here needs no button.
        return
    if form is not None and _is_too_long(form):
        yield _button(f"press {next(numbers)}", form.label, url=f"{address}/me/")
        return
    kind = "team" if isinstance(button.action, TeamAction) else "open" if form else "press"
    yield pressed(card, button, f"{kind} {next(numbers)}", form.label if form else "")


def pressed(card: Card, button: Button, action_id: str, label: str = "") -> Block:
    """A button that is pressed where it stands."""
    drawn = _button(action_id, label or button.fold or button.label, value=value_of(card, button))
    if button.primary:
        drawn["style"] = "primary"
    if button.hint:
        drawn["confirm"] = {
            "title": plain(button.fold or button.label, limits.OPTION),
            "text": plain(button.hint, limits.CONFIRM_TEXT),
            "confirm": plain(button.label, limits.CONFIRM_BUTTON),
            "deny": plain("Leave it as it is", limits.CONFIRM_BUTTON),
        }
    return drawn


def _button(action_id: str, label: str, **more: str) -> Block:
    return {"type": "button", "action_id": action_id, "text": plain(label, limits.OPTION), **more}


def rows(buttons: Sequence[Block]) -> Iterator[Block]:
    """Buttons that stand beside each other."""
    for start in range(0, len(buttons), limits.BUTTONS):
        yield {"type": "actions", "elements": list(buttons[start : start + limits.BUTTONS])}


# ---- forms


def _forms(card: Card) -> list[Form]:
    """The buttons that bring text with them, each with the fields that stand before it."""
    forms: list[Form] = []
    fields: list[Choices | Input] = []
    for part in card.parts:
        match part:
            case Choices() | Input() if getattr(part, "name", "") != ANSWER:
                fields.append(part)
            case Button(action=action, subject=subject):
                if action in FORMS and subject != EMPTY:
                    forms.append(Form(part, tuple(fields)))
                    fields = []
                elif action is Action.CHOOSE:
                    fields = []
            case _:
                pass
    return forms


def _is_too_long(form: Form) -> bool:
    """Whether something stands in it already that does not fit into a modal: then the page is the place for it."""
    return any(isinstance(each, Input) and len(each.value) > limits.INPUT for each in form.fields)


def field_of(field: Choices | Input) -> Block:
    """What somebody fills in."""
    return _choices(field) if isinstance(field, Choices) else _box(field)


def _choices(choices: Choices) -> Block:
    options = [
        {"text": plain(option.label, limits.OPTION), "value": option.value} for option in choices.options
    ]
    # Beside an option there is room for a few words only: what they mean stands below, all of it.
    hint = " ".join(f"{option.label}: {option.hint}" for option in choices.options if option.hint)
    element: Block = {"type": "radio_buttons", "action_id": "choice", "options": options}
    chosen = next((each for each in options if each["value"] == choices.chosen), None)
    if chosen is not None:
        element["initial_option"] = chosen
    return _input(choices.name, choices.legend, hint, element)


def _box(box: Input) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": "text",
        "multiline": box.lines > 1,
        "max_length": min(box.limit, limits.INPUT),
    }
    if box.value:
        element["initial_value"] = box.value
    return _input(box.name, box.label, box.hint, element)


def _input(name: str, label: str, hint: str, element: Block) -> Block:
    block: Block = {
        "type": "input",
        "block_id": name,
        "label": plain(label, limits.LABEL),
        "element": element,
    }
    if hint:
        block["hint"] = plain(hint, limits.LABEL)
    return block


# ---- texts


def plain(text: str, limit: int) -> Block:
    """A text that Slack reads nothing into."""
    return {"type": "plain_text", "text": _cut(text, limit), "emoji": False}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [plain(text, limits.CONTEXT)]}


def _said(text: str, **style: bool) -> Block:
    said: Block = {"type": "text", "text": _cut(text, limits.TEXT)}
    return {**said, "style": style} if style else said


def _link(href: str, label: str) -> Block:
    """A link, or the bare words for what Slack does not open, such as a number to ring."""
    if not href.startswith(("http://", "https://")):
        return _said(label)
    return {"type": "link", "url": href, "text": label}


def _rich(elements: Sequence[Block]) -> Block:
    return {"type": "rich_text", "elements": [_section(elements)]}


def _section(elements: Sequence[Block]) -> Block:
    return {"type": "rich_text_section", "elements": list(elements)}


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


# ---- what does not fit


def _shortened(blocks: list[Block], address: str) -> list[Block]:
    """As many blocks as Slack takes, and the way to the rest."""
    kept, length = list[Block](), 0
    for block in blocks:
        length += sum(len(text) for text in _texts(block))
        if len(kept) == limits.BLOCKS - 1 or length > limits.WHOLE:
            break
        kept.append(block)
    cut = len(kept) < len(blocks) or any(text.endswith("…") for block in kept for text in _texts(block))
    return [*kept, _rich([_link(f"{address}/me/", MORE)])] if cut else kept


def _texts(value: object) -> Iterable[str]:
    """Every text inside a block that is shown."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            if name == "text" and isinstance(each, str):
                yield each
            else:
                yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
