"""Asking in order to learn who takes part: a known address and an unknown one are answered alike, and cost alike.

That the ids of what is somebody else's are answered as ids that were made up is asked of every route in
tests/adapters/test_matrix.py.
"""

from time import monotonic

import pytest

import adapters.web.asking
from adapters.web.asking import EACH
from bench.record import recording
from tests.adapters.door import asked
from tests.adapters.postbox import ADDRESSES, Postbox
from tests.adapters.service import Answer, Service
from tests.cast import ADA, FAY

UNKNOWN = "somebody@example.org"


async def test_a_known_address_and_an_unknown_one_are_answered_alike(
    mailing: Service, postbox: Postbox
) -> None:
    answers: list[Answer] = []
    for address in (ADDRESSES[ADA], ADDRESSES[FAY], UNKNOWN):
        # Also once an address has had enough of them.
        answers += [await asked(mailing, address) for _ in range(EACH + 2)]
    assert len(set(answers)) == 1
    assert answers[0].status == 200
    await mailing.house.settle()
    assert len(postbox.mails) == 2 * EACH, "the control: two of the three are known"


async def test_a_known_address_costs_no_more_than_the_row_that_a_mail_is_made_of(mailing: Service) -> None:
    """What is not the same is hidden in the time that every answer takes: `python -m bench.asking` measures it."""
    asks: dict[str, list[str]] = {}
    for address in (UNKNOWN, ADDRESSES[ADA]):
        with recording(mailing.store.database) as found:
            await asked(mailing, address)
            asks[address] = [sql for sql, _ in found.statements]
            assert (found.begun, found.committed) == (1, 1), "a page that looks nothing up, and one that does"
    known, unknown = asks[ADDRESSES[ADA]], asks[UNKNOWN]
    assert [sql for sql in known if not sql.startswith("INSERT INTO outbox")] == unknown
    assert len(known) == len(unknown) + 1


async def test_how_long_it_takes_says_nothing(mailing: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters.web.asking, "EVEN", 0.3)
    for address in (ADDRESSES[ADA], UNKNOWN):
        began = monotonic()
        await asked(mailing, address)
        assert monotonic() - began >= 0.3
