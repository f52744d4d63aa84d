"""For any bot and any conversation: on the revision it was taken on, nothing would have gone otherwise."""

import dataclasses
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from flows.revision import Revision
from messages.inbound import Scope
from replay.preview import Preview
from replay.rerun import Rerun, differences
from tests.examples import examples
from tests.flows.engine.any_acts import Step, play, steps
from tests.flows.engine.any_bot import FILTERS, revisions
from tests.flows.engine.conversation import Conversation

many = examples(100)
scopes = st.sampled_from(Scope)


@many
@given(revisions(), revisions(number=2), steps, steps, scopes)
def test_every_turn_comes_out_the_same_again(
    first: Revision, second: Revision, before: list[Step], after: list[Step], scope: Scope
) -> None:
    conversation = Conversation(first, scope=scope, filters=FILTERS)
    play(conversation, before)
    conversation.live = second
    conversation.revisions[2] = second
    play(conversation, after)
    rerun = Rerun(conversation.revisions)
    assert [rerun.check(turn) for turn in conversation.recorded()] == [None] * len(conversation.entries)
    assert all(differences(entry.outcome, rerun.run(entry)) == [] for entry in conversation.entries)


@many
@given(revisions(), steps, scopes)
def test_pushing_what_is_live_changes_nothing(revision: Revision, todo: list[Step], scope: Scope) -> None:
    conversation = Conversation(revision, scope=scope, filters=FILTERS)
    play(conversation, todo)
    if not conversation.entries:
        return
    again = dataclasses.replace(revision, number=9)  # a number that no press of the conversation names
    found = Preview(again, conversation.revisions, conversation.now).person(conversation.entries)
    assert {group.text for group in found.groups} == set()


@many
@given(revisions(), revisions(number=2), steps)
def test_any_push_can_be_previewed(first: Revision, second: Revision, todo: list[Step]) -> None:
    conversation = Conversation(first, filters=FILTERS)
    play(conversation, todo)
    if not conversation.entries:
        return
    found = Preview(second, conversation.revisions, conversation.now + timedelta(days=9)).person(conversation.entries)
    assert found.turns == len(conversation.entries)
    assert found.different <= {entry.conversation for entry in conversation.entries}
    assert bool(found.different) == bool(found.groups)
