"""The command that presses a button: what the person's client would make the channel send."""

import shlex
from typing import Any

import orjson

from adapters.workplace.signature import HEADER, sign_body
from standin.deliveries import Delivery
from standin.shown import ShownButton

PAGE = "1000000000001"
"""The page that presses are addressed to: that of the README's tour, for a reply does not tell its page."""


def press_command(delivery: Delivery, button: ShownButton, number: int, *, bot_url: str, url: str, secret: str) -> str:
    """Return a curl command that presses the `number`-th button of a delivery.

    `url` is the stand-in's own, where the answer is to go. Messenger's is signed with `secret`, the bot's app secret,
    so the same command again is a redelivery; Teams' takes the shell's chance into its id, so it is another press.
    """
    press_id = f"press-{delivery.id}-{number}"
    if delivery.channel == "workplace":
        body = orjson.dumps(messenger_press(delivery, button, press_id))
        return _curl(f"{bot_url}/webhooks/workplace", body, {HEADER: sign_body(body, secret)} if secret else {})
    command = _curl(f"{bot_url}/api/messages", orjson.dumps(teams_press(delivery, button, press_id, url)), {})
    return command.replace(f'"{press_id}"', f"\"{press_id}-'$RANDOM'\"", 1)


def messenger_press(delivery: Delivery, button: ShownButton, press_id: str) -> dict[str, Any]:
    """The webhook for a pressed button or quick reply."""
    event: dict[str, Any] = {"sender": {"id": delivery.conversation}, "recipient": {"id": PAGE}}
    if button.quick:
        event["message"] = {"mid": press_id, "text": button.label, "quick_reply": {"payload": button.payload}}
    else:
        event["postback"] = {"mid": press_id, "title": button.label, "payload": button.payload}
    return {"object": "page", "entry": [{"id": PAGE, "messaging": [event]}]}


def teams_press(delivery: Delivery, button: ShownButton, press_id: str, url: str) -> dict[str, Any]:
    """The activity for a pressed button: a message with the button's value, and its words."""
    activity: dict[str, Any] = {
        "type": "message",
        "id": press_id,
        "channelId": "msteams",
        "serviceUrl": url,
        "from": {"id": _id(delivery, "recipient") or "29:standin"},
        "recipient": {"id": _id(delivery, "from") or "28:standin"},
        "conversation": {"id": delivery.conversation, "conversationType": "personal"},
        "replyToId": delivery.id,
    }
    if button.says:
        activity["text"] = button.says
    if button.payload is not None:
        activity["value"] = button.payload
    return activity


def _id(delivery: Delivery, name: str) -> str:
    account = delivery.body.get(name)
    given = account.get("id") if isinstance(account, dict) else None
    return given if isinstance(given, str) else ""


def _curl(url: str, body: bytes, headers: dict[str, str]) -> str:
    named = {"Content-Type": "application/json"} | headers
    words = ["curl", "-sS", url]
    for name, value in named.items():
        words += ["-H", f"{name}: {value}"]
    return shlex.join([*words, "--data-binary", body.decode()])
