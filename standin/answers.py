"""How each channel's server answers: what it takes, what it refuses, in its own words."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from standin.faults import Fault
from standin.messenger_limits import problems


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
