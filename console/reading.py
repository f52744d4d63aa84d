"""What several operations ask of a request: its filter, and that what was seen is written down."""

from datetime import timedelta

from audiences.filter_segments import refuse_unknown_segments
from console.operations import Call
from console.problems import Problem
from filters.index.people import PeopleIndex
from filters.model import Condition
from filters.parse import parse
from filters.references import asks_personal
from filters.wire import read
from messages.errors import BadInput

EVERYBODY = "*"
"""The target of an audit row about everybody."""


def read_filter(call: Call, source: object, place: str) -> Condition:
    """Return a condition written as text or as JSON. Raises BadInput, and Problem 403 where a viewer asks too much."""
    try:
        condition = parse(source) if isinstance(source, str) else read(source)
    except BadInput as error:
        raise BadInput(
            error.problem, place=f"{place}, {error.place}" if error.place else place, remedy=error.remedy
        ) from None
    if call.masked and asks_personal(condition):
        raise Problem(403, "a viewer may not ask about personal details and fields")
    return condition


async def refuse_unknown(call: Call, condition: Condition, index: PeopleIndex, place: str = "body: filter") -> None:
    """Raise BadInput for a segment that a filter names and that the bot neither has nor had."""
    here = {segment.id for segment in await call.store.segments(call.bot)}
    try:
        refuse_unknown_segments(condition, here.union((await call.flow()).segments, index.standings.segments))
    except BadInput as error:
        raise BadInput(error.problem, place=place, remedy=error.remedy) from None


async def seen_by(call: Call) -> None:
    """Write down, once an hour for each token, that personal details were shown."""
    if call.masked:
        return
    at = call.house.clock()
    if call.house.shown.is_due((call.token.id, call.bot), at, timedelta(hours=1)):
        await call.record("unmask", EVERYBODY, "over the API")
