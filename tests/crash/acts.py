"""What a person does, over and over, and what that makes of their consent."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from messages.consent import ALL, Membership
from messages.inbound import ButtonRef
from segment_buttons.payload import LENGTH_OF_OLD, digest_of, sign

KEY = "a key for the crash test alone"
STILL_OFF = "Everything else stays off."
"""What is said besides to who opts in after a STOP, before they allowed messages again."""
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
  still_off: "Everything else stays off."
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


class Book(NamedTuple):
    """What acts come to: the rows of the ledger, and which of them are answered, in their order."""

    changes: list[Change]
    answered: list[int]


def book(arrivals: Iterable[tuple[int, int]]) -> Book:
    """Return what acts come to that arrived in this order, each with the time when it was done, in ms.

    A yes counts if it is younger than every no that arrived before it; a no always counts, and is as young as the yes
    that it overrides. An act that changes nothing leaves no row; a yes that comes too late is not answered.
    """
    stands: dict[str, Membership] = {}
    no: dict[str, int] = {}
    yes: dict[str, int] = {}
    made = Book([], [])

    def change(act: int, subject: str, after: Membership) -> None:
        before = stands.get(subject, Membership.NONE)
        if after is not before:
            made.changes.append(Change(act, subject, before, after))
            stands[subject] = after

    for number, at in arrivals:
        name = ACTS[number % len(ACTS)]
        subject = ALL if name in ("STOP", "START") else "tips"
        if name in ("yes", "START"):
            if at <= max(no.get(subject, 0), no.get(ALL, 0)):
                continue
            was = stands.get(subject, Membership.NONE)
            if was is Membership.OPTED_OUT or (name == "yes" and was is Membership.NONE):
                change(number, subject, Membership.OPTED_IN)
                yes[subject] = max(at, yes.get(subject, 0))
        else:
            lowered = {subject}
            if name == "STOP" and stands.get("tips") is Membership.OPTED_IN:
                lowered.add("tips")
            for each in sorted(lowered):
                change(number, each, Membership.OPTED_OUT)
                no[each] = max(at, no.get(each, 0), yes.get(each, 0))
        made.answered.append(number)
    return made


def is_brought_back(acts: Sequence[int]) -> bool:
    """Tell whether somebody who is in at the end must not be: `acts` are the times of what they did, in order."""
    said = [ACTS[number % len(ACTS)] for number in range(len(acts))]
    last_yes = max((at for at, name in zip(acts, said, strict=True) if name == "yes"), default=0)
    last_no = max((at for at, name in zip(acts, said, strict=True) if name in ("no", "STOP")), default=0)
    return last_yes <= last_no


def activity(person: str, number: int, at: int) -> dict[str, Any]:
    """A person's act, done at a time in ms, as Teams sends it."""
    act = ACTS[number % len(ACTS)]
    pressed = {"value": {"assent": _PAYLOADS[act]}} if act in _PAYLOADS else {}
    return {
        "type": "message",
        "id": str(number),
        "timestamp": datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds"),
        "channelId": "msteams",
        "serviceUrl": "http://127.0.0.1:1",
        "from": {"id": f"29:{person}", "name": f"#{number}"},
        "recipient": {"id": "28:crash"},
        "conversation": {"id": person, "conversationType": "personal"},
        "text": act,
        **pressed,
    }
