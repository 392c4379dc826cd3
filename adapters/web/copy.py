"""A copy of everything about one person, for that person: to read, and for machines. Nobody else's words are in it."""

import io
import json
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from adapters.web import render
from bot.cards.live import question_text
from bot.group.reflect import TeamWritten
from bot.model import Consent, Facilitators
from bot.rows import Prompts
from bot.view import FateView, MemberView, RoundView, Written

THEIRS = "[your partner’s words are theirs, and not in this copy]"
_SEEN_BY = {
    Facilitators.NO: "not the facilitators",
    Facilitators.NAMED: "the facilitators, with your name",
    Facilitators.UNNAMED: "the facilitators, without your name",
}


def copy_of(
    view: MemberView,
    consents: Sequence[Consent],
    address: str,
    prompts: Prompts,
    now: datetime,
    in_channels: Sequence[TeamWritten] = (),
) -> bytes:
    """A zip of two files: what-you-wrote.html to read, what-you-wrote.json for machines; the same in both."""
    held = _held(view, consents, address, prompts, now)
    held["in channels"] = [_in_channel(each, prompts) for each in in_channels]
    packed = io.BytesIO()
    # Stored as it is: whoever opens it with the simplest of tools can read it.
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as files:
        for name, text in (
            ("what-you-wrote.html", render.copy_page(held)),
            ("what-you-wrote.json", json.dumps(held, ensure_ascii=False, indent=2)),
        ):
            files.writestr(zipfile.ZipInfo(name, (now.year, now.month, now.day, 0, 0, 0)), text)
    return packed.getvalue()


def _held(
    view: MemberView, consents: Sequence[Consent], address: str, prompts: Prompts, now: datetime
) -> dict[str, Any]:
    c, challenge = view.conversation, [each for each in (view.challenge, view.proposal) if each is not None]
    return {
        "made on": f"{now:%Y-%m-%d}",
        "programme": view.programme_title,
        "name": view.name,
        "email": address,
        "hours": f"{view.hours.start:%H:%M} to {view.hours.end:%H:%M}, {view.hours.zone}",
        "your words for yourself": view.words_for_me,
        "standing": c.standing.value,
        "agreed": [
            {
                "version": each.version,
                "at": each.given_at.isoformat(),
                "withdrawn at": _at(each.withdrawn_at),
                "wording": each.wording,
            }
            for each in consents
        ],
        "you would like to go on": c.wants_on,
        "the two of you go on since": _at(c.went_on_at),
        "challenge, as you worded it": [each.text for each in challenge if each.mine],
        "rounds": [_round(each, view, prompts) for each in view.rounds.values()],
        "calls that you asked for": [
            {"of": each.name, "at": each.asked_at.isoformat(), "how they can reach you": each.how}
            for each in view.callers
            if each.asked_at is not None
        ],
        "half written": [text for text in view.drafts.values() if text],
    }


def _round(round_: RoundView, view: MemberView, prompts: Prompts) -> dict[str, Any]:
    asked = round_.asked_at.isoformat() if round_.asked_at else ""
    return {
        "asked at": asked,
        "question": question_text(prompts, round_.question),
        "opens at": "" if round_.solo else round_.opens_at.isoformat(),
        "opened": bool(round_.heard) or any(part.opened for part in round_.written),
        "written": [_part(part, view) for part in round_.written],
        "your partner’s answer": THEIRS if round_.heard else "",
        "said back": [
            {"by you": each.mine, "words": each.text if each.mine else THEIRS}
            for each in round_.turns
            if each.text is not None
        ],
        "answered back": [
            {"by you": not each.mine, "words": THEIRS if each.mine else each.answer}
            for each in round_.turns
            if each.answer is not None
        ],
    }


def _in_channel(written: TeamWritten, prompts: Prompts) -> dict[str, Any]:
    known = prompts.bank.teams.get(written.question)
    asked = "your own" if written.asks else known.text if known else "somebody’s own, and not in this copy"
    return {
        "at": written.at.isoformat(),
        "question": asked,
        "words": written.text,
        "with your name": written.named,
    }


def _at(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _part(part: Written, view: MemberView) -> dict[str, Any]:
    fates = [each for each in view.fates.values() if each.part == part.id]
    return {
        "at": part.first_at.isoformat(),
        "words": part.text,
        "your partner may see it": part.sharing.partner,
        "who else may see it": _SEEN_BY[part.sharing.facilitators],
        "what became of it": [became for each in fates for became in _became(each)]
        + ["It was put into a mail to the facilitators."] * part.mailed,
    }


def _became(fate: FateView) -> list[str]:
    found = ["It was held back from a weekly page."] if fate.held else ["It stood on a weekly page."]
    if fate.module:
        found.append("The facilitators took it to a module.")
    if fate.reply:
        found.append("The facilitators answered it; their answer is theirs, and stands on your page.")
    return found
