"""Golden conversations: what people did, and what came of it.

Each file in `golden/` holds a flow, the person's acts, and what is expected of each. After a change that is meant,
`pytest tests/flows/engine/test_golden.py --update-golden` rewrites what is expected; the diff is the review.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from consent.membership import fold
from flows.engine.turn import Turn
from messages.consent import Membership
from messages.inbound import (
    Action,
    Attachment,
    ButtonPressed,
    ButtonRef,
    ConversationEnded,
    ConversationStarted,
    HandedBack,
    PushDue,
    ReactionChanged,
    Scope,
    Sender,
    StoppedByChannel,
    TextReceived,
    TimerFired,
    Unhandled,
)
from replay.golden import dump, told
from tests.flows.engine.conversation import Conversation, revision_of

HERE = Path(__file__).parent
EXAMPLES = HERE.parent.parent.parent / "examples"
GOLDEN = sorted((HERE / "golden").glob("*.yaml"))


def flow_text(flow: str) -> str:
    """A flow's text: written in place, or one of ours by name."""
    if "\n" in flow:
        return flow
    found = next(path for path in (HERE / "flows" / f"{flow}.yaml", EXAMPLES / f"{flow}.yaml") if path.exists())
    return found.read_text()


def play(conversation: Conversation, act: dict[str, Any]) -> Turn:  # noqa: PLR0911  # a case each
    """Do what the person, or the world, does in one turn; `ago` is how many seconds before it arrives."""
    conversation.ago = None if act.get("no_time") else timedelta(seconds=act.get("ago", 0))
    match act:
        case {"presses": wanted, **how}:
            return conversation.press(wanted, revision=how.get("revision", 0), wants_answer=how.get("invoke", False))
        case {"presses_payload": payload, **how}:
            return conversation.press_payload(payload, wants_answer=how.get("invoke", False))
        case {"push_due": due}:
            return conversation.take(push_due(conversation, due))
        case {"time_passes": _}:
            return conversation.fire_timer()
        case {"presses_button": button, "of_revision": revision, **how}:
            ref = ButtonRef(conversation.live.bot.bot, revision, button)
            return conversation.take(ButtonPressed("", wants_answer=how.get("invoke", False), button=ref))
        case {"replies_to": message, **said}:
            return conversation.take(_ACTIONS["says"](said), reply_to=message)
        case _:
            return conversation.take(_ACTIONS[next(iter(act))](act))


_TIMES = ("due", "expires", "patience_until")
_TIMES_OF_FACTS = ("window_until", "quiet_until", "due_by_zone")


def push_due(conversation: Conversation, told: dict[str, Any]) -> PushDue:
    """The push that a file tells, whose times are seconds from when it is taken."""
    now = conversation.now + timedelta(seconds=1)

    def timed(values: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
        return {**values, **{name: now + timedelta(seconds=values[name]) for name in names if name in values}}

    facts = timed(told.get("facts", {}), _TIMES_OF_FACTS)
    facts["pushed_at"] = [now + timedelta(seconds=ago) for ago in facts.get("pushed_at", ())]
    revision = conversation.revisions.get(told["revision"])
    digest = revision.digest if revision is not None else "0" * 64
    whole = {**timed(told, _TIMES), "facts": facts, "digest": digest, "type": "push_due"}
    return msgspec.convert(whole, PushDue)


_ACTIONS: dict[str, Callable[[dict[str, Any]], Action]] = {
    "says": lambda act: TextReceived(
        act["says"],
        tuple(Attachment(kind) for kind in act.get("with", ())),
        act.get("form", ""),
        addressed=act.get("addressed", False),
    ),
    "handed_back_by": lambda act: HandedBack(act["handed_back_by"]),
    "stops": lambda act: StoppedByChannel(act["stops"]),
    "starts": lambda act: ConversationStarted("" if act["starts"] is True else act["starts"]),
    "leaves": lambda act: ConversationEnded(act["leaves"]),
    "reacts": lambda act: ReactionChanged(added=(act["reacts"],)),
    "timer": lambda act: TimerFired(act["timer"]),
    "unhandled": lambda act: Unhandled(act["unhandled"]),
}
"""What else happens, by the key that tells it."""


def begin(golden: dict[str, Any]) -> Conversation:
    person = golden.get("person", {})
    return Conversation(
        revision_of(flow_text(golden["flow"])),
        sender=Sender(
            "29:1",
            name=person.get("name", "Ana Lima"),
            email=person.get("email", ""),
            locale=person.get("locale", "en-GB"),
        ),
        scope=Scope(person.get("in", "personal")),
        filters=golden.get("filters", {}),
        memberships={name: Membership(standing) for name, standing in person.get("memberships", {}).items()},
    )


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_conversation(path: Path, request: pytest.FixtureRequest) -> None:
    golden = yaml.safe_load(path.read_text())
    conversation = begin(golden)
    given = dict(conversation.memberships)
    played: list[dict[str, Any]] = []
    for step in golden["turns"]:
        if "pushed" in step:
            conversation.push(flow_text(step["pushed"]))
            played.append(step)
            continue
        contact = conversation.contact
        turn = play(conversation, step["person"])
        played.append({"person": step["person"], "then": told(turn, contact, conversation.now)})
    if request.config.getoption("--update-golden"):
        path.write_text(dump({**golden, "turns": played}))
    assert played == (yaml.safe_load(path.read_text())["turns"])
    changed = {name: now for name, now in conversation.memberships.items() if given.get(name) is not now}
    assert fold(conversation.ledger).get(conversation.contact.id, {}) == changed


def test_there_are_conversations() -> None:
    assert len(GOLDEN) >= 30
