"""Time zones as people name them: by their own name, or by a city in them."""

from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from zoneinfo import available_timezones


@cache
def zones() -> frozenset[str]:
    return frozenset(zone for zone in available_timezones() if "/" in zone or zone == "UTC")


def meant(written: str) -> tuple[str, ...]:
    """The zones that somebody may have meant: their own names first, then those of a city, then what looks alike."""
    alike = {zone.lower(): zone for zone in sorted(zones())}
    place = "_".join(written.lower().split())
    if place in alike:
        return (alike[place],)
    of_city = [zone for zone in alike if _city(zone) == place]
    near = of_city or get_close_matches(place, alike, 1)
    if not near and (city := get_close_matches(place, map(_city, alike), 1)):
        near = [zone for zone in alike if _city(zone) == city[0]]
    return tuple(alike[zone] for zone in near)


def is_named(written: str, zone: str) -> bool:
    """Whether what somebody wrote is a zone's whole name, or that of its city."""
    place = "_".join(written.lower().split())
    return place in (zone.lower(), _city(zone.lower()))


def _city(zone: str) -> str:
    return zone.rpartition("/")[2]


def around(*places: str) -> Sequence[str]:
    """The zones of the same parts of the world: what is offered to somebody who lives in one of them."""
    regions = {zone.partition("/")[0] for zone in places}
    return sorted(zone for zone in zones() if zone.partition("/")[0] in regions)
