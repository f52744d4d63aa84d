"""That personal details were seen is written down."""

from datetime import timedelta

from console.operations import Call

EVERYBODY = "*"
"""The target of an audit row about everybody."""


async def seen_by(call: Call) -> None:
    """Write down, once an hour for each token, that personal details were shown."""
    if call.masked:
        return
    at = call.house.clock()
    if call.house.shown.is_due((call.token.id, call.bot), at, timedelta(hours=1)):
        await call.record("unmask", EVERYBODY, "over the API")
