"""Whatever people do, in whatever order and however often it is delivered: the promises hold.

A story is drawn by hypothesis and played on a real database through the doors of the product. What must hold
after every step stands in `machine.look_round`; who may see what is kept by `oracle`, apart from the product.
"""

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.properties.conftest import TIMES
from tests.properties.machine import machine_on
from tests.properties.world import Grounds

EXAMPLES = {"sqlite": 7 * TIMES, "postgresql": 3 * TIMES}
"""The rules are the same on both; on PostgreSQL it is the statements and the locks that are tried again."""


@pytest.mark.slow
def test_nobody_sees_what_was_not_shared_and_nothing_is_kept_sent_or_counted_that_must_not_be(
    grounds: Grounds,
) -> None:
    run_state_machine_as_test(
        machine_on(grounds),
        settings=settings(
            max_examples=EXAMPLES[grounds.backend], stateful_step_count=25, phases=(Phase.generate,)
        ),
    )
