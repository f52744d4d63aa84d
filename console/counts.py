"""How many people meet a filter, now."""

import msgspec

from console.operations import Answer, Call, Operation
from console.reading import read_filter, refuse_unknown
from console.segments import Filter
from filters.wire import write
from filters.words import show
from storage.audience_records import Role


class CountBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to count."""

    filter: Filter
    """A condition, as text or JSON."""


class CountView(msgspec.Struct, frozen=True):
    """The count, with the filter in both forms."""

    members: int
    """Who meets the filter."""
    allowed: int
    """Those of them to whom a pushed message may go now."""
    reachable: int
    """Those of the allowed who have an account on a channel that is set up for the bot."""
    sequence: int
    """The row of the ledger up to which this was counted."""
    filter: str
    json: dict[str, msgspec.Raw]


async def count(call: Call) -> Answer:
    """Count who meets a filter."""
    condition = read_filter(call, call.body.filter, "body: filter")
    index = await call.index()
    await refuse_unknown(call, condition, index)
    counted = index.count(condition, call.house.clock())
    tree = {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in write(condition).items()}
    return Answer(CountView(*counted, show(condition), tree))


OPERATIONS = (
    Operation("count", "POST", "/bots/{bot}/counts", "Count who meets a filter.", Role.VIEWER, count, CountView,
              body=CountBody),
)  # fmt: skip
