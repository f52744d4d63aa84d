"""The segments that a filter names must be there: a misspelt one would count nobody, or under `not` everybody."""

from collections.abc import Collection

from filters.model import Condition
from filters.references import named_segments
from flows.source.nearest import did_you_mean
from messages.errors import BadInput


def refuse_unknown_segments(condition: Condition, known: Collection[str]) -> None:
    """Raise BadInput for the first segment that a filter names and the bot does not have; it tells the nearest."""
    for name in sorted(named_segments(condition)):
        if name not in known:
            raise BadInput(
                f"there is no segment {name!r}",
                place=f"filter, segment:{name}",
                remedy=did_you_mean(name, sorted(known), otherwise="Make it first, or correct its spelling"),
            )
