"""The command that presses a button: what the person's client would make the channel send."""

import shlex
from collections.abc import Mapping
from typing import Any, Final

import orjson

from standin.deliveries import Delivery
from standin.shown import ShownButton

PAGE: Final = "1000000000001"
"""The page that presses are addressed to: that of the README's tour, for a reply does not tell its page."""
MEMBER: Final = "1000000000002"
"""Who presses in a thread of several people: a reply names the thread alone."""

_SHELL_ID: Final = "$(openssl rand -hex 8)"
"""In a shell: part of an id that nothing had before."""


def press_command(delivery: Delivery, button: ShownButton, number: int, *, bot_url: str, url: str, secret: str) -> str:
    """Return a shell command that presses the `number`-th button of a delivery; run again, it is another press.

    `url` is the stand-in's own, where the answer is to go. Messenger's is signed with `secret`, the bot's app secret,
    if there is one.
    """
    press_id = f"press-{delivery.id}-{number}"
    if delivery.channel != "workplace":
        body = _shell_text(teams_press(delivery, button, press_id, url), press_id)
        return _curl(f"{bot_url}/api/messages", body)
    body = _shell_text(messenger_press(delivery, button, press_id), press_id)
    address = f"{bot_url}/webhooks/workplace"
    if not secret:
        return _curl(address, body)
    digest = f'$(printf %s "$body" | openssl dgst -sha256 -hmac {shlex.quote(secret)} | sed "s/.*= //")'
    return f"body={body}; " + _curl(address, '"$body"', f'"X-Hub-Signature-256: sha256={digest}"')


def messenger_press(delivery: Delivery, button: ShownButton, press_id: str) -> dict[str, Any]:
    """The webhook for a pressed button or quick reply, `press_id` its `mid`; from the thread that it was shown in."""
    event: dict[str, Any] = {"sender": {"id": delivery.conversation}, "recipient": {"id": PAGE}}
    if thread := _object(delivery.body, "recipient").get("thread_key"):
        event |= {"sender": {"id": MEMBER}, "thread": {"id": thread}}
    if button.quick:
        event["message"] = {"mid": press_id, "text": button.label, "quick_reply": {"payload": button.payload}}
    else:
        event["postback"] = {"mid": press_id, "title": button.label, "payload": button.payload}
    return {"object": "page", "entry": [{"id": PAGE, "messaging": [event]}]}


def teams_press(delivery: Delivery, button: ShownButton, press_id: str, url: str) -> dict[str, Any]:
    """The activity for a pressed button: a message with the button's value and its words, from where it was shown."""
    tenant = _object(delivery.body, "conversation").get("tenantId")
    activity: dict[str, Any] = {
        "type": "message",
        "id": press_id,
        "channelId": "msteams",
        "serviceUrl": url,
        "from": {"id": _id(delivery, "recipient") or "29:standin"},
        "recipient": {"id": _id(delivery, "from") or "28:standin"},
        "conversation": {"id": delivery.conversation, **_scope(delivery.conversation)},
        "replyToId": delivery.id,
    }
    if isinstance(tenant, str):
        activity["conversation"]["tenantId"] = tenant
        activity["channelData"] = {"tenant": {"id": tenant}}
    if button.says:
        activity["text"] = button.says
    if button.payload is not None:
        activity["value"] = button.payload
    return activity


def _scope(conversation: str) -> Mapping[str, Any]:
    """Who reads along, as Teams says it of a conversation.

    A reply does not tell, the id does: chats of several begin with `19:`, and the threads of a team's channel name it.
    """
    if not conversation.startswith("19:"):
        return {"conversationType": "personal"}
    of_a_team = "@thread.tacv2" in conversation or "@thread.skype" in conversation
    return {"conversationType": "channel" if of_a_team else "groupChat", "isGroup": True}


def _object(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def _id(delivery: Delivery, name: str) -> str:
    given = _object(delivery.body, name).get("id")
    return given if isinstance(given, str) else ""


def _shell_text(body: Mapping[str, Any], press_id: str) -> str:
    """Return a body as one word of a shell, which makes its id another one each time."""
    quoted = shlex.quote(orjson.dumps(body).decode())
    return quoted.replace(f'"{press_id}"', f"\"{press_id}-'{_SHELL_ID}'\"", 1)


def _curl(url: str, data: str, *headers: str) -> str:
    """Return a request; `data` and `headers` are words of a shell already."""
    words = ["curl", "-sS", shlex.quote(url)]
    for header in ("'Content-Type: application/json'", *headers):
        words += ["-H", header]
    return " ".join([*words, "--data-binary", data])
