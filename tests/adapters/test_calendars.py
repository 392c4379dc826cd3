"""Holidays by name and by code, from the library that knows them."""

import subprocess
import sys
from datetime import date

import pytest

from adapters.calendars import NoSuchCalendar, called, closed, code_of, coming

CHRISTMAS, ST_ANDREW = date(2026, 12, 25), date(2026, 11, 30)
ST_PATRICK = date(2026, 3, 17)


@pytest.mark.parametrize(
    ("written", "code", "name"),
    [
        ("England", "GB-ENG", "England"),
        ("  northern   ireland ", "GB-NIR", "Northern Ireland"),
        ("GB-SCT", "GB-SCT", "Scotland"),
        ("uk-wls", "GB-WLS", "Wales"),
        ("Ireland", "IE", "Ireland"),
        ("de-by", "DE-BY", "Germany, Bayern"),
        ("Germany, Bayern", "DE-BY", "Germany, Bayern"),
        ("Guinea-Bissau", "GW", "Guinea Bissau"),
        ("Isle of Man", "IM", "Isle of Man"),
    ],
)
def test_holidays_are_named_as_people_name_them_or_by_a_code(written: str, code: str, name: str) -> None:
    assert code_of(written) == code
    assert called(code) == name
    assert CHRISTMAS in closed(code)


@pytest.mark.parametrize(
    ("written", "remedy"),
    [
        ("Scotlnd", "Did you mean Scotland?"),
        ("Britain", 'as in holidays = "England"'),
        ("GB", "England, Northern Ireland, Scotland and Wales keep different holidays"),
        ("Germany, Bavaria", "Bayern"),
        ("Ireland, Cork", "It has no parts"),
        ("", 'as in holidays = "England"'),
    ],
)
def test_what_names_no_holidays_is_refused_with_what_to_write(written: str, remedy: str) -> None:
    with pytest.raises(NoSuchCalendar) as none:
        code_of(written)
    assert remedy in none.value.remedy


def test_the_four_countries_of_one_zone_keep_days_of_their_own() -> None:
    keep_andrew = [code for code in ("GB-ENG", "GB-NIR", "GB-SCT", "GB-WLS") if ST_ANDREW in closed(code)]
    keep_patrick = [code for code in ("GB-ENG", "GB-NIR", "GB-SCT", "GB-WLS") if ST_PATRICK in closed(code)]
    assert (keep_andrew, keep_patrick) == (["GB-SCT"], ["GB-NIR"])
    assert coming("GB-ENG", date(2026, 12, 24), 3) == (CHRISTMAS, date(2026, 12, 26), date(2026, 12, 28))


def test_without_a_name_or_with_one_that_is_not_known_any_more_no_day_is_closed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    closed.cache_clear()
    assert CHRISTMAS not in closed("")
    assert CHRISTMAS not in closed("ZZ-TOP")
    assert "ZZ-TOP" in caplog.text


def test_the_library_is_loaded_when_a_day_is_first_asked_about() -> None:
    program = (
        "import sys, datetime, adapters.wiring as w; from adapters.calendars import closed; "
        "kept = closed('GB-ENG'); before = 'holidays' in sys.modules; datetime.date(2026, 12, 25) in kept; "
        "print(before, 'holidays' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
