"""An activity as it is kept: the request's body, without what only proves who somebody is."""

from typing import Final

import orjson

from adapters.teams.fields import Activity

_BOM: Final = b"\xef\xbb\xbf"
_CARRY_A_SECRET: Final = frozenset({"tokens/response", "signin/tokenExchange", "signin/verifyState"})
"""Names of invokes and events whose value is a token, or the code that fetches one."""


def received(activity: Activity, body: bytes) -> bytes:
    """Return the activity's JSON as the channel sent it; of a sign-in, all but its value."""
    name = activity.get("name")
    if isinstance(name, str) and name in _CARRY_A_SECRET:
        return orjson.dumps({key: value for key, value in activity.items() if key != "value"})
    return body.removeprefix(_BOM)
