"""What holds for every flow that can be read and whatever happens in a conversation."""

from hypothesis import given
from hypothesis import strategies as st

from consent.membership import fold, may_receive
from flows.engine.turn import Turn
from flows.revision import Revision
from messages.codec import encode
from messages.consent import ALL, Membership
from messages.effects import ChangeConsent, OutgoingMessage, OutgoingText, Send, StartTimer
from messages.inbound import Scope, TextReceived
from segment_buttons.payload import verify
from tests.examples import examples
from tests.flows.engine.any_acts import Step, asks_for_messages, play, steps
from tests.flows.engine.any_bot import FILTERS, SEGMENTS, revisions
from tests.flows.engine.conversation import KEY, Conversation, buttons_in

scopes = st.sampled_from(Scope)
many = examples(150)


def sent_in(turns: list[Turn]) -> list[OutgoingMessage]:
    return [effect.message for turn in turns for effect in turn.effects if isinstance(effect, Send)]


@many
@given(revisions(), revisions(number=2), steps, steps, scopes)
def test_a_turn_never_raises_and_the_ledger_folds_to_the_memberships(
    first: Revision, second: Revision, before: list[Step], after: list[Step], scope: Scope
) -> None:
    """Through a push in the middle. The helper checks each turn's `before`, and the codec, on the way."""
    conversation = Conversation(first, scope=scope, filters=FILTERS)
    play(conversation, before)
    conversation.live = second
    conversation.revisions[2] = second
    play(conversation, after)
    running = {name: standing for name, standing in conversation.memberships.items() if standing is not Membership.NONE}
    assert fold(conversation.ledger).get(conversation.contact.id, {}) == running


@many
@given(revisions(), steps, st.permutations(["tips", "events", ALL, "old"]))
def test_the_same_turn_comes_out_the_same(revision: Revision, todo: list[Step], order: list[str]) -> None:
    """To the byte, and whatever the order in which the memberships were read."""
    conversation = Conversation(revision, filters=FILTERS)
    for name in order:
        conversation.memberships[name] = Membership.OPTED_IN
    play(conversation, todo)
    again = Conversation(revision, filters=FILTERS)
    for name in sorted(order):
        again.memberships[name] = Membership.OPTED_IN
    play(again, todo)
    assert encode(conversation.sent) == encode(again.sent)
    assert encode(conversation.ledger) == encode(again.ledger)
    assert encode(conversation.state) == encode(again.state)
    assert encode(conversation.contact) == encode(again.contact)


@many
@given(revisions(), steps, steps)
def test_after_a_stop_only_the_persons_own_consent_brings_messages_back(
    revision: Revision, before: list[Step], after: list[Step]
) -> None:
    conversation = Conversation(revision, filters=FILTERS)
    play(conversation, before)
    conversation.take(TextReceived("stop"))
    play(conversation, after, allowed=lambda so_far, action: not asks_for_messages(so_far, action))
    everything = conversation.memberships.get(ALL, Membership.NONE)
    assert everything is Membership.OPTED_OUT
    assert not any(
        may_receive(conversation.memberships.get(segment, Membership.NONE), everything) for segment in SEGMENTS
    )


@many
@given(revisions(), steps)
def test_a_stop_is_confirmed_once_and_ends_what_waits(revision: Revision, before: list[Step]) -> None:
    conversation = Conversation(revision, filters=FILTERS)
    play(conversation, before)
    turn = conversation.take(TextReceived("STOP"))
    (confirmation,) = sent_in([turn])
    assert buttons_in(confirmation) == []
    assert turn.state.run is None
    assert conversation.timers == {}
    again = conversation.take(TextReceived("stop"))
    assert len(sent_in([again])) == 1
    assert not any(isinstance(effect, ChangeConsent) for effect in again.effects)


@many
@given(revisions(), steps, scopes)
def test_what_is_sent_can_be_sent(revision: Revision, todo: list[Step], scope: Scope) -> None:
    """Every message says something, no placeholder shows, every button can be pressed or opened."""
    conversation = Conversation(revision, scope=scope, filters=FILTERS)
    for message in sent_in(play(conversation, todo)):
        assert message.parts
        for part in message.parts:
            if isinstance(part, OutgoingText):
                assert part.text.strip()
                assert not {"{{", "}}", "{%"} & {part.text[at : at + 2] for at in range(len(part.text))}
        for button in buttons_in(message):
            assert button.label.strip()
            if button.payload:
                ref = verify(button.payload, "care", [KEY])
                assert ref.button in revision.buttons


@many
@given(revisions(), steps)
def test_no_two_things_share_an_id(revision: Revision, todo: list[Step]) -> None:
    turns = play(Conversation(revision, filters=FILTERS), todo)
    ids = [message.id for message in sent_in(turns)]
    ids += [effect.timer for turn in turns for effect in turn.effects if isinstance(effect, StartTimer)]
    assert len(set(ids)) == len(ids)
