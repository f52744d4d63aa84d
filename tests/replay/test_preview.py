"""What a push would have changed for people, told from their recorded conversations."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from messages.consent import Membership
from messages.inbound import ConversationStarted, TextReceived
from replay.comparison import GroupKind
from replay.preview import Preview, Previewed
from tests.flows.engine.conversation import Conversation, revision_of
from tests.replay import flows

IN, OUT = Membership.OPTED_IN, Membership.OPTED_OUT


def talk() -> Conversation:
    """Somebody adds the bot, opts in, asks for news, says where their pet lives, and something unknown."""
    conversation = Conversation(revision_of(flows.FLOW))
    conversation.take(ConversationStarted())
    conversation.press("Yes please")
    for text in ("join", "pet", "Rex", "what?"):
        conversation.take(TextReceived(text))
    assert conversation.memberships == {"tips": IN, "news": IN}
    return conversation


def previewed(conversation: Conversation, text: str) -> Previewed:
    candidate = revision_of(text, conversation.live.number + 1)
    preview = Preview(candidate, conversation.revisions, conversation.now + timedelta(days=1))
    return preview.person(conversation.entries)


def told(found: Previewed) -> list[str]:
    """The differences of single acts that are certain."""
    return [group.text for group in found.groups if not group.end and group.kind is not GroupKind.DOUBT]


def doubts(found: Previewed) -> list[str]:
    """Why acts can't be told."""
    return [group.text for group in found.groups if not group.end and group.kind is GroupKind.DOUBT]


def ends(found: Previewed) -> list[str]:
    """What is certain of where people end, and other than it was."""
    return [group.text for group in found.groups if group.end and group.kind is not GroupKind.DOUBT]


def test_a_quick_reply_is_named_by_the_flow() -> None:
    """Its words may name the person; people share the difference all the same."""
    flow = flows.FLOW.replace(
        "  tips_on:",
        '    quick_replies: [{label: "I am {{ contact.first_name }}", message: sorry}]\n  tips_on:',
    )
    conversation = Conversation(revision_of(flow))
    conversation.take(ConversationStarted())
    conversation.take(TextReceived("I am Ana"))
    assert told(previewed(conversation, flow.replace("message: sorry}]", "message: tips_on}]"))) == [
        "quick reply *I am {{ contact.first_name }}* on *hello* is answered by *tips_on* instead of *sorry*"
    ]


def test_the_same_flow_changes_nothing() -> None:
    found = previewed(talk(), flows.FLOW)
    assert (found.conversations, found.turns, found.different, told(found)) == (1, 6, frozenset(), [])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            flows.without_button,
            {
                "*hello* reads otherwise",
                "button *Yes please* on *hello* would not be there to press",
                "would no longer be opted in to *tips*: button *Yes please* on *hello*",
            },
        ),
        (flows.button_does_nothing, {"would no longer be opted in to *tips*: button *Yes please* on *hello*"}),
        (
            flows.button_says_otherwise,
            {
                "*hello* reads otherwise",
                "would be in *tips* all the same, by button *Yes, send them* on *hello* with another label",
            },
        ),
        (flows.other_words, {"*sorry* reads otherwise"}),
        (flows.moved, {"*hello* reads otherwise"}),
        (
            flows.keyword_gone,
            {
                "keyword *join* is answered by *sorry* instead of *news_on*",
                "would no longer be opted in to *news*: keyword *join*",
            },
        ),
    ],
)
def test_a_change_is_told(change: Callable[[], str], expected: set[str]) -> None:
    assert set(told(previewed(talk(), change()))) == expected


def test_consent_is_marked() -> None:
    found = previewed(talk(), flows.without_button())
    acts = [group for group in found.groups if not group.end and group.is_consent]
    assert [(group.kind, group.text) for group in acts] == [
        (GroupKind.LOST, "would no longer be opted in to *tips*: button *Yes please* on *hello*")
    ]


def test_a_button_from_before_the_recording_does_what_it_said() -> None:
    conversation = talk()
    del conversation.entries[0]  # the welcome was shown before
    assert told(previewed(conversation, flows.without_button())) == []


def test_who_went_out_and_would_not_is_told_in_plain_words() -> None:
    conversation = Conversation(revision_of(flows.FLOW))
    conversation.take(ConversationStarted())
    conversation.press("No thanks")
    says_no_more = flows.FLOW.replace(
        "{label: No thanks, opt_out: tips, reply: tips_off}", "{label: Ask, message: ask}"
    )
    assert "would no longer be opted out of *tips*: button *No thanks* on *hello*" in told(
        previewed(conversation, says_no_more)
    )


def test_what_staff_did_meanwhile_counts() -> None:
    conversation = Conversation(revision_of(flows.FLOW))
    conversation.take(ConversationStarted())
    conversation.memberships["news"] = Membership.ADDED
    conversation.take(TextReceived("stop"))
    conversation.take(TextReceived("join"))
    assert told(previewed(conversation, flows.FLOW)) == []


def test_a_wait_that_the_recording_did_not_have_is_over_in_time() -> None:
    conversation = Conversation(revision_of(flows.FLOW))
    conversation.take(ConversationStarted())
    conversation.now += timedelta(hours=2)
    conversation.take(TextReceived("what?"))
    assert set(told(previewed(conversation, flows.waits_first()))) == {
        "adding the bot is answered by nothing instead of *hello*",
        "adding the bot now starts a wait",
        "a wait would be over that was not recorded",
    }


def test_a_recorded_wait_is_over_when_it_was() -> None:
    conversation = Conversation(revision_of(flows.waits_first()))
    conversation.take(ConversationStarted())
    conversation.fire_timer()
    conversation.press("Yes please")
    assert told(previewed(conversation, flows.waits_first())) == []
    assert set(told(previewed(conversation, flows.FLOW))) == {
        "adding the bot is answered by *hello* instead of nothing",
        "adding the bot no longer starts a wait",
        "a wait that was over is answered by nothing instead of *hello*",
    }


ASKS = flows.FLOW.replace(
    "  tips_on:", "  again: {parts: [{if: {segment: known}, then: tips_on, else: sorry}]}\n  tips_on:"
).replace("default: sorry", "default: again")


def test_a_segment_of_staff_that_the_recording_did_not_ask_is_asked_as_it_is_now() -> None:
    conversation = talk()
    candidate = revision_of(ASKS, 2)

    def told_with(filters: dict[str, str]) -> list[str]:
        preview = Preview(candidate, conversation.revisions, conversation.now, filters)
        return told(preview.person(conversation.entries))

    assert told_with({}) == []
    assert told_with({"known": "segment:tips and last_seen within 7d"}) == [
        "a text that nothing answers is answered by *tips_on* instead of *sorry*"
    ]


def test_a_filter_is_the_one_of_the_recording_where_there_is_one() -> None:
    conversation = Conversation(revision_of(ASKS), filters={"known": "last_seen is unknown"})
    conversation.take(TextReceived("what?"))
    same = revision_of(ASKS, 2)
    found = Preview(same, conversation.revisions, conversation.now, {"known": "tag:vip"}).person(conversation.entries)
    assert told(found) == []


def test_a_rename_is_told_as_a_rename() -> None:
    """The message and its buttons are the same ones, so presses are pressed there."""
    text = flows.FLOW.replace("welcome: hello", "welcome: greeting").replace("  hello:\n", "  greeting:\n")
    found = previewed(talk(), text)
    assert [(group.kind, group.text) for group in found.groups] == [
        (GroupKind.RENAMED, "*hello* would be called *greeting* and says the same")
    ]
    assert doubts(found) == ends(found) == []


def test_another_purpose_or_text_above_a_button_is_another_proof() -> None:
    purpose = previewed(talk(), flows.FLOW.replace("purpose: A tip a week.", "purpose: Tips."))
    told_by = "would be in *tips* all the same, by button *Yes please* on *hello* with"
    assert told(purpose) == ends(purpose) == [f"{told_by} another purpose"]
    above = previewed(talk(), flows.FLOW.replace("A tip a week?", "Tips, once a week?"))
    assert f"{told_by} other words above it" in told(above)


def test_what_else_a_turn_does_is_compared() -> None:
    flow = flows.FLOW.replace(
        "sorry: {parts: [{text: I did not get that.}]}",
        "sorry: {parts: [{text: I did not get that.}, {emit: lost}, {complete: flow, item: tour}, {clear: pet}]}",
    )
    assert set(told(previewed(talk(), flow))) == {
        "a text that nothing answers now emits the event *lost*",
        "a text that nothing answers now completes *flow:tour*",
        "a text that nothing answers now changes field *pet*",
    }
    hands = flows.FLOW.replace("I did not get that.}", "I did not get that.}, {hand_over: Help them.}")
    assert "a text that nothing answers is now handed over to a person" in told(previewed(talk(), hands))


def test_a_person_in_a_filter_s_segment_is_told_in_the_end() -> None:
    flow = flows.FLOW.replace("I did not get that.}", "I did not get that.}, {emit: lost}")
    conversation = talk()
    preview = Preview(
        revision_of(flow, 2), conversation.revisions, conversation.now, {"lost": "event:lost", "fans": "segment:tips"}
    )
    assert ends(preview.person(conversation.entries)) == ["would be in *lost*"]


def test_a_yes_that_is_lost_after_a_no_is_a_loss() -> None:
    """The draft leaves them out, by an earlier act: this one opts nobody out."""
    conversation = talk()
    conversation.press("No thanks")
    conversation.press("Yes please")
    found = previewed(conversation, flows.button_does_nothing())
    acts = [(group.kind, shared.turns) for group, shared in found.groups.items() if group.is_consent and not group.end]
    assert acts == [(GroupKind.LOST, 2)]
    assert ends(found) == ["would end opted out of *tips*"]
