"""The body that answers an `invoke`, whose client waits for it (Teams: universal actions)."""

from adapters.teams.fields import Activity, mapping

Json = dict[str, object]

_MESSAGE = "application/vnd.microsoft.activity.message"
_ERROR = "application/vnd.microsoft.error"


def answered(answer: str | None, *, understood: bool) -> Json:
    """Return the body for an invoke: a message shown on the card, or that this bot knows no such action.

    The protocol's own answer to an unknown action is HTTP 501. It stands in the body here, under HTTP 200: a server
    error would make Teams send the invoke again.
    """
    if answer is not None:
        return {"statusCode": 200, "type": _MESSAGE, "value": answer}
    if understood:
        return {"statusCode": 200}
    return {
        "statusCode": 501,
        "type": _ERROR,
        "value": {"code": "NotImplemented", "message": "This bot knows no such action."},
    }


def is_invoke(activity: Activity) -> bool:
    """Tell whether the channel waits for a body."""
    return activity.get("type") == "invoke"


def is_malformed_execute(name: object, value: object) -> bool:
    """Tell whether an `adaptiveCard/action` lacks what the protocol says it has: an action of type `Action.Execute`."""
    return name == "adaptiveCard/action" and mapping(mapping(value).get("action")).get("type") != "Action.Execute"
