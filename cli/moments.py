"""Points in time, as people give them to a command."""

import re
from datetime import UTC, datetime, timedelta

import click

from runtime.clock import now

_AGO = re.compile(r"(\d{1,6})\s*([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Moment(click.ParamType[datetime]):
    """`7d`, `12h`, `30m` or `2w` ago, a date, or a date and time in ISO 8601; UTC unless it says otherwise."""

    name = "when"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment that is meant."""
        if isinstance(value, datetime):
            return value
        text = str(value).strip()
        try:
            if (ago := _AGO.fullmatch(text)) is not None:
                return now() - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
            moment = datetime.fromisoformat(text)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{text!r} is no time; write 7d, 12h, 2026-11-23 or 2026-11-23T09:30", param, ctx)


MOMENT = Moment()
