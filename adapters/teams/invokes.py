"""The answer to an `invoke`, whose client waits for it (Teams: universal actions; Bot Framework: invoke activities)."""

from typing import Final

from adapters.teams.fields import Activity, mapping, short
from adapters.teams.presses import EXECUTE

Json = dict[str, object]
Answer = tuple[int, Json | None]
"""Status and JSON body; no body means an empty one."""

_MESSAGE: Final = "application/vnd.microsoft.activity.message"
_ERROR: Final = "application/vnd.microsoft.error"
_SIGN_IN: Final = "signin/"


def answer_to_press(answer: str | None) -> Answer:
    """Return the answer to a press: a message shown on the card, or nothing to show."""
    return 200, {"statusCode": 200} if answer is None else {"statusCode": 200, "type": _MESSAGE, "value": answer}


def answer_to_unknown(activity: Activity) -> Answer:
    """Return the answer to an invoke that nobody here handles: the protocol's own, 501.

    For a sign-in, which is not offered, it is 412: the client then asks the person no further. A card's action has its
    status in the body, under HTTP 200: 400 for one that lacks what the protocol says it has.
    """
    name = activity.get("name")
    if name == EXECUTE:
        if is_malformed_execute(name, activity.get("value")):
            return 200, _error(400, "BadRequest", "The action is no Action.Execute.")
        return 200, _error(501, "NotImplemented", "This bot doesn't support that action.")
    if isinstance(name, str) and name.startswith(_SIGN_IN):
        asked = mapping(activity.get("value"))
        named = {key: short(asked.get(key), 1024) for key in ("id", "connectionName")}
        return 412, {**named, "failureDetail": "This bot offers no sign-in."}
    return 501, None


def _error(status: int, code: str, message: str) -> Json:
    return {"statusCode": status, "type": _ERROR, "value": {"code": code, "message": message}}


def is_invoke(activity: Activity) -> bool:
    """Tell whether the channel waits for a body."""
    return activity.get("type") == "invoke"


def is_malformed_execute(name: object, value: object) -> bool:
    """Tell whether an `adaptiveCard/action` lacks what the protocol says it has: an action of type `Action.Execute`."""
    return name == EXECUTE and mapping(mapping(value).get("action")).get("type") != "Action.Execute"
