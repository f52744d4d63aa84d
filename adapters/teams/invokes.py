"""The body that answers an `invoke`, whose client waits for it (Teams: universal actions)."""

from adapters.teams.fields import Activity

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
