"""Where a flow uses a segment, told to whoever would take it away; and segments that buttons create."""

from flows.checks import check
from flows.compile import segments_of
from flows.diff import diff
from flows.model.bot import Bot, Segment
from flows.source import read_flow
from flows.walk import segment_uses
from messages.consent import Membership
from messages.inbound import ConversationStarted
from tests.flows.engine.conversation import Conversation, revision_of

FLOW = """
assent: "1"
bot: care
name: Care
welcome: welcome
default: welcome
segments:
  tips: {name: Tips, purpose: One tip a week.}
keywords:
  - {is: "join tips, tips", opt_in: tips, message: tips_on}
unsubscribe:
  segments: [{is: "stop tips, no tips", segment: tips, reply: tips_off}]
messages:
  welcome:
    parts:
      - if: {any: [{segment: tips}, {not: {segment: press}}]}
        then: [{text: Hello again}]
      - text: "One tip a week?"
        buttons: [{label: {en: Yes please, fr: Oui}, opt_in: tips, reply: tips_on}]
    quick_replies: [{label: No more, opt_out: tips, reply: tips_off}]
  tips_on: {parts: [{text: You're signed up for Tips.}]}
  tips_off: {parts: [{text: You are out of Tips.}]}
"""


def bot(text: str) -> Bot:
    return read_flow(text, "flow.yaml").bot


def test_each_use_is_told_in_the_builders_words() -> None:
    assert [use.text for use in segment_uses(bot(FLOW), "tips")] == [
        "the list of segments",
        "keyword *join tips*",
        "unsubscribe word *stop tips*",
        "button *Yes please* on *welcome*",
        "quick reply *No more* on *welcome*",
        "condition on *welcome*",
    ]


def test_a_segment_of_staff_is_used_by_conditions() -> None:
    (use,) = segment_uses(bot(FLOW), "press")
    assert (use.kind, use.message, use.text) == ("condition", "welcome", "condition on *welcome*")
    assert revision_of(FLOW).elsewhere == {"press"}


def test_what_is_not_named_is_not_used() -> None:
    assert segment_uses(bot(FLOW), "news") == ()


CREATES = FLOW.replace("segments:\n  tips: {name: Tips, purpose: One tip a week.}\n", "")
CREATED = CREATES.replace("opt_in: tips, reply", "opt_in: tips, create: true, reply")


def codes(text: str) -> set[str]:
    return {found.code for found in check(read_flow(text, "flow.yaml"))}


def test_a_button_creates_the_segment_that_it_names_if_it_says_so() -> None:
    assert "unknown-segment" in codes(CREATES)
    assert "unknown-segment" not in codes(CREATED)
    assert segments_of(bot(CREATED)) == {"tips": Segment(name="tips")}


def test_a_created_segment_has_no_purpose_and_that_is_told_at_the_button() -> None:
    (found,) = [one for one in check(read_flow(CREATED, "flow.yaml")) if one.code == "no-purpose"]
    line = CREATED.splitlines()[found.line - 1]
    assert line[found.column - 1 :].startswith("opt_in: tips")
    assert found.remedy.startswith("Add `tips` under `segments`, with a `purpose:`")


def test_a_press_opts_in_to_a_created_segment() -> None:
    conversation = Conversation(revision_of(CREATED))
    conversation.take(ConversationStarted())
    conversation.press("Yes please")
    assert conversation.memberships == {"tips": Membership.OPTED_IN}


def test_a_listed_segment_keeps_its_name_and_purpose_when_a_button_would_create_it() -> None:
    text = FLOW.replace("opt_in: tips, reply", "opt_in: tips, create: true, reply")
    assert segments_of(bot(text)) == bot(FLOW).segments


def test_the_diff_says_that_a_button_creates_a_segment_now() -> None:
    (line,) = [change.text for change in diff(bot(CREATES), bot(CREATED))]
    assert line == (
        "button *Yes please* on *welcome* now opts in to *tips*, which it creates, and answers with *tips_on* "
        "(before: opts in to *tips* and answers with *tips_on*)"
    )


def test_a_detail_of_a_person_can_be_said_and_asked_without_a_field_of_its_own() -> None:
    text = FLOW.replace("Hello again", '"{{ contact.last_name }} {{ contact.phone }} {{ contact.time_zone }}"')
    text = text.replace("{segment: tips}, ", "country is fr, ")
    assert codes(text) == codes(FLOW)
