"""Buttons and quick replies as the Send API takes them, and text with buttons under it.

developers.facebook.com, "Messenger Platform: button template": text 640 characters, 1 to 3 buttons.
"""

from collections.abc import Sequence
from typing import Any, Final

from adapters.text_split import ELLIPSIS, split_end, split_text
from adapters.workplace.labels import fit_labels
from adapters.workplace.limits import Limits
from messages.outgoing import OutgoingButton

MOST: Final = 3
"""Buttons of one template or card."""
_TEXT: Final = 640

Body = dict[str, Any]
"""The `message` of a send request."""


def button(one: OutgoingButton) -> Body:
    """A button whose label fits."""
    if one.url:
        return {"type": "web_url", "title": one.label, "url": one.url}
    return {"type": "postback", "title": one.label, "payload": one.payload}


def quick_reply(one: OutgoingButton) -> Body:
    """A quick reply whose label fits."""
    return {"content_type": "text", "title": one.label, "payload": one.payload}


def in_threes(buttons: Sequence[OutgoingButton]) -> list[list[Body]]:
    """The buttons in groups that fit one template or card."""
    shown = [button(one) for one in buttons]
    return [shown[at : at + MOST] for at in range(0, len(shown), MOST)]


def text_bodies(text: str, buttons: Sequence[OutgoingButton], limits: Limits) -> list[Body]:
    """Text with buttons under it: the last piece of the text carries the first three, each further three an ellipsis.

    The full words of labels that were too long follow the text.
    """
    fitted, legend = fit_labels(buttons)
    words = f"{text.strip()}\n\n{legend}"
    if not fitted:
        return _texts(words, limits)
    before, carrier = split_end(words, _TEXT)
    first, *further = in_threes(fitted)
    carried = [_template(carrier or ELLIPSIS, first), *(_template(ELLIPSIS, group) for group in further)]
    return _texts(before, limits) + carried


def _texts(words: str, limits: Limits) -> list[Body]:
    return [{"text": piece} for piece in split_text(words.strip(), limits.text, limits.measure)]


def _template(text: str, buttons: list[Body]) -> Body:
    payload = {"template_type": "button", "text": text, "buttons": buttons}
    return {"attachment": {"type": "template", "payload": payload}}
