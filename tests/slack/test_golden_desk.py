"""What facilitators are shown in Slack: as it was when somebody last looked, and such that Slack takes it.

`python -m tests.slack.test_golden_desk` writes the golden messages anew; read the difference before you keep it.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.glance import view_of
from adapters.slack import desk
from adapters.slack.render import to_message
from bot.cards import weekly
from bot.digest.model import Counts
from bot.messages import Card
from bot.model import Account, Platform
from bot.rows import Announced, Unfit
from tests.slack.stub import valid
from tests.slack.test_golden import ADDRESS, within_limits
from tests.slack.test_home import DIGEST, GOLDEN, OPENED, glance

ENDED = Announced(Account(Platform.SLACK, "T1:C1"), OPENED, Unfit.SHARED)
GLANCE = view_of(replace(glance(), announced=ENDED), OPENED + timedelta(days=1), "nobody")
NOBODY = replace(DIGEST, counts=Counts(4, 0, 0, 0), lines=0, waiting=0, taken_back=0)
CARDS: Mapping[str, Card] = {
    "digest": weekly.weekly(DIGEST),
    "digest-of-a-quiet-week": weekly.weekly(NOBODY),
    "programme": desk.programme(GLANCE),
    "people": desk.people(GLANCE),
    "help": desk.said(desk.HELP),
    "announced-among-facilitators": weekly.announced(DIGEST, in_numbers=True),
    "announced-where-others-read": weekly.announced(DIGEST, in_numbers=False),
    "chosen": desk.said(weekly.chosen(in_numbers=True)),
    **{f"refused-{why.value.replace(' ', '-')}": desk.said(text) for why, text in weekly.REFUSED.items()},
}


def golden(name: str) -> str:
    made = to_message(CARDS[name], ADDRESS)
    return json.dumps({"text": made.text, "blocks": made.blocks}, ensure_ascii=False, indent=1) + "\n"


@pytest.mark.parametrize("name", CARDS)
def test_it_looks_as_it_did_when_somebody_last_looked_and_slack_takes_it(name: str) -> None:
    assert golden(name) == (GOLDEN / f"desk-{name}.json").read_text("utf-8")
    blocks = list(to_message(CARDS[name], ADDRESS).blocks)
    assert valid(blocks) == ""
    assert within_limits(blocks) == []


def test_where_others_read_there_is_no_number_and_no_programme() -> None:
    text = to_message(CARDS["announced-where-others-read"], ADDRESS).text.replace(DIGEST.id, "")
    assert not [each for each in text if each.isdigit()]
    assert DIGEST.programme_title not in text


if __name__ == "__main__":
    for name in CARDS:
        (GOLDEN / f"desk-{name}.json").write_text(golden(name), "utf-8")
    print(f"{len(CARDS)} messages written to {GOLDEN}")
