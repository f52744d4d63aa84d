"""What a person does, over and over, and what that makes of their consent."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from messages.consent import Membership
from messages.ids import ALL
from messages.inbound import ButtonRef
from segment_buttons.evidence import LENGTH_OF_OLD, digest_of
from segment_buttons.payload import sign

KEY = "a key for the crash test alone"
FLOW = """
assent: "1"
bot: crash
name: Crash
segments:
  tips: {name: Tips, purpose: One short tip every Monday.}
welcome: ask
default: ask
unsubscribe:
  confirmation: "You are out of everything. Reply {{ contact.name }}. Type START to come back."
  resubscribed: "You may get messages again. Reply {{ contact.name }}."
messages:
  ask:
    parts:
      - text: One short tip every Monday?
        buttons:
          - {id: "yes", label: "Yes", opt_in: tips, reply: now_in}
          - {id: "no", label: "No", opt_out: tips, reply: now_out}
  now_in: {parts: [{text: "You are in: Tips. Reply {{ contact.name }}. Type STOP to leave."}]}
  now_out: {parts: [{text: "You are out of Tips. Reply {{ contact.name }}."}]}
"""
"""Each reply carries the number of the act that it answers, which the channel tells as the person's name."""

ACTS = ("yes", "no", "yes", "no", "yes", "STOP", "START", "no")

_SAYS = {
    "yes": "You are in: Tips.",
    "no": "You are out of Tips.",
    "STOP": "You are out of everything.",
    "START": "You may get messages again.",
}
_SHOWN = {name: digest_of(f"One short tip every Monday?\n{name.title()}", LENGTH_OF_OLD) for name in ("yes", "no")}
_PAYLOADS = {name: sign(ButtonRef("crash", 1, name, shown), KEY.encode()) for name, shown in _SHOWN.items()}


class Change(NamedTuple):
    """A row that an act puts into the ledger."""

    act: int
    subject: str
    before: Membership
    after: Membership


def reply_begins(number: int) -> str:
    """Return how the reply to an act begins."""
    return _SAYS[ACTS[number % len(ACTS)]]


def changes(acts: int) -> Iterator[Change]:
    """Yield what a person's first `acts` acts change; an act that changes nothing leaves no row."""
    stands: dict[str, Membership] = {}
    for number in range(acts):
        match ACTS[number % len(ACTS)]:
            case "yes":
                wanted = {"tips": Membership.OPTED_IN}
            case "no":
                wanted = {"tips": Membership.OPTED_OUT}
            case "STOP":
                wanted = {ALL: Membership.OPTED_OUT, "tips": Membership.OPTED_OUT}
            case _:
                wanted = {ALL: Membership.OPTED_IN}
        for subject, after in wanted.items():
            before = stands.get(subject, Membership.NONE)
            if after is not before:
                yield Change(number, subject, before, after)
                stands[subject] = after


def activity(person: str, number: int) -> dict[str, Any]:
    """A person's act, as Teams sends it."""
    act = ACTS[number % len(ACTS)]
    pressed = {"value": {"assent": _PAYLOADS[act]}} if act in _PAYLOADS else {}
    return {
        "type": "message",
        "id": str(number),
        "channelId": "msteams",
        "serviceUrl": "http://127.0.0.1:1",
        "from": {"id": f"29:{person}", "name": f"#{number}"},
        "recipient": {"id": "28:crash"},
        "conversation": {"id": person, "conversationType": "personal"},
        "text": act,
        **pressed,
    }
