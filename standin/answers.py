"""How each channel's server answers: what it takes, what it refuses and by which limits, in its own words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from standin.deliveries import Fault

_TEXT: Final = 2000
_TEMPLATE_TEXT: Final = 640
_LABEL: Final = 20
_PAYLOAD: Final = 1000
_TITLE: Final = 80
_CARDS: Final = 10
_BUTTONS: Final = 3
_QUICK_REPLIES: Final = 13


def problems(body: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a send request, one sentence each; nothing when it would be taken."""
    return list(_body(body))


def _body(body: Mapping[str, Any]) -> Iterator[str]:
    recipient = body.get("recipient")
    if not isinstance(recipient, dict) or not any(
        isinstance(recipient.get(key), str) and recipient[key] for key in ("id", "thread_key")
    ):
        yield "recipient needs an id"
    if body.get("messaging_type") not in {"RESPONSE", "UPDATE", "MESSAGE_TAG"}:
        yield "messaging_type must be RESPONSE, UPDATE or MESSAGE_TAG"
    message = body.get("message")
    if not isinstance(message, dict):
        yield "message must be an object"
        return
    if ("text" in message) == ("attachment" in message):
        yield "message needs either text or an attachment"
    elif "text" in message:
        yield from _words("text", message["text"], _TEXT)
    else:
        yield from _attachment(message["attachment"])
    if "quick_replies" in message:
        yield from _quick_replies(message["quick_replies"])


def _words(name: str, text: object, limit: int) -> Iterator[str]:
    if not isinstance(text, str) or not text.strip():
        yield f"{name} must not be empty"
    elif len(text.encode("utf-16-le", "surrogatepass")) // 2 > limit:
        yield f"{name} is longer than {limit} characters"


def _address(name: str, url: object) -> Iterator[str]:
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        yield f"{name} must be a web address"


def _attachment(attachment: object) -> Iterator[str]:
    payload = attachment.get("payload") if isinstance(attachment, dict) else None
    if not isinstance(attachment, dict) or not isinstance(payload, dict):
        yield "attachment needs a type and a payload"
    elif attachment.get("type") in {"image", "file", "video", "audio"}:
        yield from _address("attachment.payload.url", payload.get("url"))
    elif attachment.get("type") != "template":
        yield "attachment.type is unknown"
    elif payload.get("template_type") == "button":
        yield from _words("payload.text", payload.get("text"), _TEMPLATE_TEXT)
        yield from _buttons("payload.buttons", payload.get("buttons"))
    elif payload.get("template_type") == "generic":
        yield from _elements(payload.get("elements"))
    else:
        yield "payload.template_type is unknown"


def _elements(elements: object) -> Iterator[str]:
    if not isinstance(elements, list) or not 1 <= len(elements) <= _CARDS:
        yield f"payload.elements must be 1 to {_CARDS} cards"
        return
    for at, element in enumerate(elements):
        name = f"payload.elements[{at}]"
        if not isinstance(element, dict):
            yield f"{name} must be an object"
            continue
        yield from _words(f"{name}.title", element.get("title"), _TITLE)
        if "subtitle" in element:
            yield from _words(f"{name}.subtitle", element["subtitle"], _TITLE)
        if "image_url" in element:
            yield from _address(f"{name}.image_url", element["image_url"])
        if "buttons" in element:
            yield from _buttons(f"{name}.buttons", element["buttons"])
        if not element.keys() & {"subtitle", "image_url", "buttons", "default_action"}:
            yield f"{name} needs one property besides its title"


def _buttons(name: str, buttons: object) -> Iterator[str]:
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= _BUTTONS:
        yield f"{name} must be 1 to {_BUTTONS} buttons"
        return
    for at, button in enumerate(buttons):
        here = f"{name}[{at}]"
        if not isinstance(button, dict):
            yield f"{here} must be an object"
            continue
        yield from _words(f"{here}.title", button.get("title"), _LABEL)
        if button.get("type") == "web_url":
            yield from _address(f"{here}.url", button.get("url"))
        elif button.get("type") == "postback":
            yield from _words(f"{here}.payload", button.get("payload"), _PAYLOAD)
        else:
            yield f"{here}.type is unknown"


def _quick_replies(replies: object) -> Iterator[str]:
    if not isinstance(replies, Sequence) or not 1 <= len(replies) <= _QUICK_REPLIES:
        yield f"quick_replies must be 1 to {_QUICK_REPLIES}"
        return
    for at, reply in enumerate(replies):
        if not isinstance(reply, dict) or reply.get("content_type") != "text":
            yield f"quick_replies[{at}].content_type must be text"
            continue
        yield from _words(f"quick_replies[{at}].title", reply.get("title"), _LABEL)
        yield from _words(f"quick_replies[{at}].payload", reply.get("payload"), _PAYLOAD)


class Wire(Protocol):
    """One channel's way of answering."""

    channel: str
    refusal: Fault
    """How it refuses a message that breaks its limits."""

    def place(self, body: Mapping[str, Any]) -> str:
        """Return the conversation that a body names."""
        ...

    def problem(self, raw: bytes, body: Mapping[str, Any], kind: str) -> str:
        """Say which limit a message breaks; empty when it is good."""
        ...

    def accepted(self, kind: str, place: str, given: str, url: str) -> tuple[int, Mapping[str, Any]]:
        """Return status and body for a message that was taken."""
        ...

    def refused(self, fault: Fault, problem: str) -> Mapping[str, Any]:
        """Return the body for a message that was not."""
        ...


class _Teams:
    """The Bot Framework's connector."""

    channel = "teams"
    refusal = Fault(status=413, code="MessageSizeTooBig")
    _largest = 100 * 1024
    """learn.microsoft.com, "Format your bot messages": 100 KB a message."""

    def place(self, body: Mapping[str, Any]) -> str:
        conversation = body.get("conversation")
        return str(conversation.get("id", "")) if isinstance(conversation, dict) else ""

    def problem(self, raw: bytes, body: Mapping[str, Any], kind: str) -> str:
        del body, kind
        return "Message size too large." if len(raw) > self._largest else ""

    def accepted(self, kind: str, place: str, given: str, url: str) -> tuple[int, Mapping[str, Any]]:
        if kind == "conversation":
            return 201, {"id": place, "activityId": given, "serviceUrl": url}
        return (201 if kind == "activity" else 200), {"id": given}

    def refused(self, fault: Fault, problem: str) -> Mapping[str, Any]:
        return {"error": {"code": str(fault.code or "ServiceError"), "message": problem}}


class _Workplace:
    """Meta's Send API."""

    channel = "workplace"
    refusal = Fault(status=400, code=100)

    def place(self, body: Mapping[str, Any]) -> str:
        recipient = body.get("recipient")
        if not isinstance(recipient, dict):
            return ""
        return str(recipient.get("thread_key") or recipient.get("id") or "")

    def problem(self, raw: bytes, body: Mapping[str, Any], kind: str) -> str:
        del raw, kind
        return "; ".join(problems(body))

    def accepted(self, kind: str, place: str, given: str, url: str) -> tuple[int, Mapping[str, Any]]:
        del kind, url
        return 200, {"recipient_id": place, "message_id": f"m_{given}"}

    def refused(self, fault: Fault, problem: str) -> Mapping[str, Any]:
        code = fault.code or (100 if fault.status < 500 else 2)
        error = {"message": f"(#{code}) {problem}", "type": "OAuthException", "code": code, "fbtrace_id": "standin"}
        return {"error": error | ({"error_subcode": fault.subcode} if fault.subcode else {})}


TEAMS: Final[Wire] = _Teams()
WORKPLACE: Final[Wire] = _Workplace()
