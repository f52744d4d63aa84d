"""Opening hours of a flow as the wall clock has them."""

from datetime import date
from zoneinfo import ZoneInfo

from flows.model.bot import WEEKDAYS, OpeningHours
from messages.contact import Contact
from messages.errors import BadInput
from schedules.wall_clock import Hours, own_zone, read_quiet, zone

_UTC = zone("UTC")


def hours_of(hours: OpeningHours) -> Hours:
    """Return hours, read. Raises BadInput that names the key."""
    if hours.zone is not None:
        zone(hours.zone, "zone")
    days_off: set[date] = set()
    for written in hours.days_off:
        try:
            days_off.add(date.fromisoformat(written))
        except ValueError:
            remedy = "Write a day such as 2026-12-25"
            raise BadInput(f"{written[:60]!r} is not a day", place="days_off", remedy=remedy) from None
    span = None if hours.open is None else read_quiet(hours.open, "open")
    return Hours(frozenset(map(WEEKDAYS.index, hours.days)), span, frozenset(days_off))


def zone_of(hours: OpeningHours | None, time_zone: str) -> ZoneInfo:
    """Return the zone that hours go by: their own, else the person's, else UTC."""
    return own_zone((hours.zone if hours is not None else None) or time_zone, _UTC)


def day_in(person: Contact, field: str) -> date | None:
    """Return the day in a field of somebody; None where there is none."""
    try:
        return date.fromisoformat(str(person.fields.get(field, ""))[:10]) if field else None
    except ValueError:
        return None
