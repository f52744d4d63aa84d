"""Presses whose client waits for the answer: the `invoke`s that carry a payload of ours. Pure."""

from typing import Final

from adapters.teams.fields import Activity, mapping, short
from adapters.teams.payloads import payload_in
from messages.answers import answer_in
from messages.inbound import ButtonPressed, TextReceived

EXECUTE: Final = "adaptiveCard/action"
_PLAIN: Final = frozenset({"", "suggestedActions/submit"})
"""Names under which the payload is the value itself: a card's `invoke` action has none, a suggested action this one."""


def pressed(activity: Activity) -> ButtonPressed | TextReceived | None:
    """Return the press of our button that an `invoke` is, or the answer that it carries; None for another invoke.

    A card that refreshes itself (`trigger: automatic`) was pressed by nobody. A name that is no text counts as none.
    """
    name = short(activity.get("name"), 100)
    value = activity.get("value")
    label = ""
    if name == EXECUTE:
        executed = mapping(value)
        action = mapping(executed.get("action"))
        label = short(action.get("title"), 1024)
        value = None if executed.get("trigger") == "automatic" else action.get("data")
    elif name not in _PLAIN:
        return None
    payload = payload_in(value)
    if payload is None:
        return None
    if (answer := answer_in(payload)) is not None:
        return TextReceived(text=answer, form="answer")
    return ButtonPressed(payload=payload, label=label, form="invoke", wants_answer=True)
