"""What people, staff and the world may do to a conversation, in any order."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import strategies as st

from consent.membership import Act, Change, change
from flows.engine.turn import Turn
from flows.model.buttons import ButtonBase, OptInButton, SubscriptionButton
from keywords.normalise import normalise
from messages.consent import ALL, ConsentChange, Membership, SourceKind
from messages.inbound import (
    Action,
    Attachment,
    ButtonPressed,
    ButtonRef,
    ConversationEnded,
    ConversationStarted,
    ReactionChanged,
    TextReceived,
    TimerFired,
    Unhandled,
)
from segment_buttons.payload import verify
from tests.flows.engine.any_bot import SEGMENTS
from tests.flows.engine.conversation import KEY, Conversation, buttons_in

_WORDS = "hi|menu|join|please leave me|no tips|go away|come back|stop|STOP!|arrêt|cancel|start|help|退订|yes|More"
_ANSWERS = "7|6,5|ana@example.org|2024-03-01|Sales|soins|2||  "
said = st.sampled_from(
    [*_WORDS.split("|"), *_ANSWERS.split("|"), "x" * 3000],
) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="{}%#"), max_size=20)


@dataclass(frozen=True)
class Says:
    """An act that does not depend on what was sent before."""

    action: Action


@dataclass(frozen=True)
class PressesSent:
    """A press of something that was sent: the n-th from the end."""

    back: int


@dataclass(frozen=True)
class Fires:
    """The n-th timer that runs."""

    which: int


@dataclass(frozen=True)
class StaffActs:
    """Staff add or remove the person."""

    act: Act
    segment: str


Step = Says | PressesSent | Fires | StaffActs

refs = st.builds(
    ButtonRef,
    bot=st.sampled_from(("care", "other")),
    revision=st.integers(0, 3),
    button=st.sampled_from(("m0/1", "m1/1", "m2/2", "nothing")),
)
actions: st.SearchStrategy[Action] = st.one_of(
    said.map(TextReceived),
    st.just(TextReceived("", (Attachment("image"),))),
    st.builds(ButtonPressed, st.just("?"), button=st.none() | refs, wants_answer=st.booleans()),
    st.just(ButtonPressed("?", fault="forged")),
    st.sampled_from((ConversationStarted(), ConversationStarted("stand"), ConversationStarted("gone"))),
    st.just(ConversationEnded("blocked")),
    st.just(ReactionChanged(added=("like",))),
    st.just(TimerFired("t_unknown")),
    st.just(Unhandled("typing")),
)
steps: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        actions.map(Says),
        said.map(TextReceived).map(Says),
        st.integers(0, 6).map(PressesSent),
        st.integers(0, 6).map(PressesSent),
        st.integers(0, 2).map(Fires),
        st.builds(StaffActs, st.sampled_from((Act.ADD, Act.REMOVE)), st.sampled_from(SEGMENTS)),
    ),
    max_size=12,
)


def action_of(conversation: Conversation, step: Step) -> Action | None:
    """What a step comes to in this conversation; None when there is nothing to press or to fire."""
    match step:
        case Says(action):
            return action
        case PressesSent(back):
            payloads = [button.payload for message in conversation.sent for button in buttons_in(message)]
            payloads = [payload for payload in payloads if payload]
            if back >= len(payloads):
                return None
            payload = payloads[-1 - back]
            return ButtonPressed(payload, button=verify(payload, "care", [KEY]), wants_answer=True)
        case Fires(which):
            timers = sorted(conversation.timers)
            return TimerFired(timers[which]) if which < len(timers) else None
        case _:
            return None


def staff_acts(conversation: Conversation, step: StaffActs) -> None:
    """Write what staff change, as the console or a CSV would."""
    before = conversation.memberships.get(step.segment, Membership.NONE)
    outcome = change(step.act, step.segment, before, conversation.memberships.get(ALL, Membership.NONE))
    if isinstance(outcome, Change) and conversation.contact.id:
        conversation.memberships[step.segment] = outcome.after
        at = datetime(2026, 11, 23, tzinfo=UTC)
        contact = conversation.contact.id
        conversation.ledger.append(ConsentChange(contact, *outcome, at, SourceKind.CSV, "staff"))


def play(
    conversation: Conversation, todo: list[Step], allowed: Callable[[Conversation, Action], bool] = lambda *_: True
) -> list[Turn]:
    """Do the steps that can be done and are allowed; return the turns."""
    turns: list[Turn] = []
    for step in todo:
        if isinstance(step, StaffActs):
            staff_acts(conversation, step)
            continue
        action = action_of(conversation, step)
        if action is not None and allowed(conversation, action):
            if isinstance(action, TimerFired):
                conversation.timers.pop(action.timer, None)
            turns.append(conversation.take(action))
    return turns


def asks_for_messages(conversation: Conversation, action: Action) -> bool:
    """Tell whether an act is the person's own consent: an opt-in pressed or typed, or a start word."""
    if isinstance(action, ButtonPressed):
        return action.button is not None and _opts_in(
            conversation, conversation.number_of(action.button), action.button.button
        )
    if not isinstance(action, TextReceived):
        return False
    text = normalise(action.text)
    reserved = conversation.live.reserved.match(text)
    match = conversation.live.keywords.match(text)
    assert conversation.state is not None
    return (
        (reserved is not None and reserved.kind == "start")
        or (match is not None and conversation.live.bot.keywords[match.rule].opt_in is not None)
        or any(
            offered.label == text and _opts_in(conversation, conversation.number_of(offered), offered.button)
            for offered in conversation.state.offered
        )
    )


def _opts_in(conversation: Conversation, revision: int, button: str) -> bool:
    known = conversation.revisions.get(revision)
    placed = known.buttons.get(button) if known is not None else None
    return placed is not None and _is_opt_in(placed.button)


def _is_opt_in(button: ButtonBase) -> bool:
    return isinstance(button, OptInButton) or (isinstance(button, SubscriptionButton) and button.subscription == "in")
