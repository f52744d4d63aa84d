"""Staff in a preview: their acts are done again by the rules that hold live; who was merged was two until then."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from consent.membership import ActTimes
from consent.merging import merge_people
from messages.consent import ALL, ConsentChange, Membership, SourceKind
from messages.contact import Contact, Identity
from messages.inbound import ConversationStarted, TextReceived
from replay.comparison import PersonEnd, Step, StepKind
from replay.contact_life import World
from replay.life import Life
from replay.preview import PersonEvent
from replay.simulation import Simulation
from storage.records import JournalEntry
from tests.flows.engine.conversation import Conversation, revision_of
from tests.replay import flows

NONE, IN, OUT, ADDED = Membership.NONE, Membership.OPTED_IN, Membership.OPTED_OUT, Membership.ADDED

OPTS_OUT = flows.FLOW.replace('{is: "pet", message: ask}', '{is: "pet", message: ask, opt_out: tips}')
"""A word that asked after the pet opts out of the tips too."""


def lived(
    conversation: Conversation, text: str, events: list[PersonEvent], filters: dict[str, str] | None = None
) -> tuple[list[Step], list[PersonEnd]]:
    until = conversation.now + timedelta(hours=1)
    life = Life(Simulation(revision_of(text, 2), conversation.revisions, until, filters))
    steps: list[Step] = []
    for event in events:
        match event:
            case JournalEntry():
                steps += life.turn(event)
            case ConsentChange():
                steps += life.change(event)
            case _:
                life.now(event)
    steps += life.end()
    return steps, list(life.ends())


def asks_after_a_pet() -> Conversation:
    conversation = Conversation(revision_of(flows.FLOW))
    conversation.take(ConversationStarted())
    conversation.take(TextReceived("pet"))
    return conversation


def staff(
    conversation: Conversation, subject: str, before: Membership, after: Membership, at: datetime | None = None
) -> ConsentChange:
    """Staff's act, as the ledger has it, a second after the last turn."""
    at = at or conversation.now + timedelta(seconds=1)
    change = ConsentChange(conversation.contact.id, subject, before, after, at, SourceKind.CONSOLE, "mia")
    conversation.memberships[subject] = after
    conversation.times = conversation.times.after([change])
    return change


def test_an_add_is_refused_where_the_draft_opted_them_out() -> None:
    conversation = asks_after_a_pet()
    added = staff(conversation, "tips", NONE, ADDED)
    conversation.take(TextReceived("Rex"))
    first, second, third = conversation.entries
    steps, (end,) = lived(conversation, OPTS_OUT, [first, second, added, third])
    act = steps[2]
    assert (act.kind, act.what) == (StepKind.STAFF, "staff adding them")
    assert act.draft is not None
    assert (act.draft.acts, act.draft.refused) == ((), "opted out")
    assert (end.recorded.memberships, end.draft.memberships) == ({"tips": ADDED}, {"tips": OUT})


def test_an_act_after_the_last_turn_counts_too() -> None:
    conversation = asks_after_a_pet()
    added = staff(conversation, "news", NONE, ADDED)
    _, (end,) = lived(conversation, OPTS_OUT, [*conversation.entries, added])
    assert end.recorded.memberships == {"news": ADDED}
    assert end.draft.memberships == {"news": ADDED, "tips": OUT}


def test_an_act_that_the_turn_did_not_see_comes_after_it() -> None:
    """Its row is older than the turn, which was decided before the row was written."""
    conversation = asks_after_a_pet()
    late = ConsentChange(conversation.contact.id, "tips", NONE, ADDED, conversation.now, SourceKind.API, "crm")
    conversation.take(TextReceived("Rex"))
    first, second, third = conversation.entries
    steps, (end,) = lived(conversation, flows.FLOW, [first, second, late, third])
    assert [step.kind for step in steps] == [StepKind.TURN, StepKind.TURN, StepKind.TURN, StepKind.STAFF]
    assert end.draft.memberships == end.recorded.memberships == {"tips": ADDED}


def test_an_act_whose_row_comes_late_is_seen_by_its_effect() -> None:
    conversation = asks_after_a_pet()
    added = staff(conversation, "tips", NONE, ADDED)
    conversation.take(TextReceived("Rex"))
    steps, (end,) = lived(conversation, OPTS_OUT, [*conversation.entries, added])
    refused = [step.draft.refused for step in steps if step.kind is StepKind.STAFF and step.draft]
    assert refused == ["opted out", ""]
    assert end.draft.memberships == {"tips": OUT}


def test_an_upload_older_than_the_draft_s_no_does_not_count() -> None:
    """On the draft they stopped everything, and began again; the file was made before that."""
    conversation = Conversation(revision_of(flows.FLOW))
    conversation.take(ConversationStarted())
    uploaded = conversation.now
    conversation.press("No thanks")
    conversation.take(TextReceived("start"))
    file = replace(staff(conversation, "news", NONE, ADDED), source=SourceKind.CSV, acted_at=uploaded, detail="job:1")
    stops = flows.FLOW.replace("{label: No thanks, opt_out: tips,", "{label: No thanks, subscription: out,")
    steps, (end,) = lived(conversation, stops, [*conversation.entries, file])
    assert end.recorded.memberships == {"tips": OUT, "news": ADDED}
    assert end.draft.memberships == {ALL: IN}
    assert steps[-1].draft is not None
    assert steps[-1].draft.refused == "removed or opted out since"


def test_edits_of_tags_and_fields_leave_what_the_draft_did() -> None:
    tags = flows.FLOW.replace(
        "sorry: {parts: [{text: I did not get that.}]}",
        "sorry: {parts: [{text: I did not get that.}, {add_tag: lost}, {set: pet, to: none}]}",
    )
    conversation = Conversation(revision_of(flows.FLOW))
    conversation.take(TextReceived("what?"))
    conversation.contact = replace(conversation.contact, tags=frozenset({"vip"}), fields={"age": 7})
    conversation.take(TextReceived("join"))
    now = replace(conversation.contact, tags=frozenset({"vip", "late"}))
    filters = {"lost": "tag:lost", "vips": "tag:vip and tag:late"}
    _, (end,) = lived(conversation, tags, [*conversation.entries, now], filters)
    assert end.recorded.tags == {"vip", "late"}
    assert end.draft.tags == {"vip", "late", "lost"}
    assert end.draft.fields == {"age": 7, "pet": "none"}
    assert (end.recorded.filter_segments, end.draft.filter_segments) == ({"vips"}, {"vips", "lost"})


def test_people_who_were_merged_are_two_until_then() -> None:
    """On the draft the second account opts out of the tips, which the merge brings to the first; not before."""
    first = Conversation(revision_of(flows.FLOW))
    first.take(ConversationStarted())
    first.press("Yes please")
    second = Conversation(revision_of(flows.FLOW))
    second.now = first.now
    second.reference = replace(second.reference, conversation="a:2", user="29:2")
    second.state = None
    second.__post_init__()
    second.reference = replace(second.reference, conversation="a:2", user="29:2")
    second.events = 100
    assert second.state is not None
    second.state = replace(second.state, key="teams:a:2", reference=second.reference)
    second.take(TextReceived("pet"))
    first.now = second.now
    first.take(TextReceived("what?"))
    assert first.contact.id != second.contact.id
    at = first.now + timedelta(seconds=1)
    joined = merge_people(first.contact, first.memberships, second.contact, second.memberships, at=at, actor="mia")
    gone = Contact(second.contact.id, (), merged_into=first.contact.id)
    assert joined.changes == ()  # neither row would tell of it: nothing changed
    events: list[PersonEvent] = [*first.entries[:2], *second.entries, first.entries[2], gone]
    steps, (end,) = lived(first, OPTS_OUT, events)
    of_first = [step for step in steps if step.turn == "turn-3"]
    assert of_first[0].draft is not None
    assert of_first[0].certain
    assert steps[-1].kind is StepKind.MERGE
    assert end.contact == first.contact.id
    assert (end.recorded.memberships, end.draft.memberships) == ({"tips": IN}, {"tips": OUT})


def test_a_merge_in_the_ledger_is_a_step_at_its_place() -> None:
    first = Conversation(revision_of(flows.FLOW))
    first.take(ConversationStarted())
    gone = "c_other"
    at = first.now + timedelta(seconds=1)
    theirs = ConsentChange(gone, "tips", NONE, IN, first.now, SourceKind.BUTTON, gone, turn="elsewhere")
    joined = merge_people(
        first.contact, {}, Contact(gone, (Identity("teams", "29:9"),)), {"tips": IN}, at=at, actor="mia"
    )
    first.memberships["tips"] = IN
    first.now = at
    first.take(TextReceived("pet"))
    steps, (end,) = lived(first, OPTS_OUT, [first.entries[0], theirs, *joined.changes, first.entries[1]])
    assert [step.kind for step in steps] == [StepKind.TURN, StepKind.MERGE, StepKind.TURN]
    assert steps[1].draft is not None
    assert steps[1].draft.after == {"tips": IN}
    assert (end.recorded.memberships, end.draft.memberships) == ({"tips": IN}, {"tips": OUT})


def test_a_yes_that_changed_nothing_is_not_overridden_by_a_merge() -> None:
    """Stores set a yes aside where a row of the ledger says otherwise: a START that changed nothing has none."""
    at = datetime(2026, 11, 23, tzinfo=UTC)
    kept, gone = World(), World()
    kept.times = ActTimes({}, {ALL: at, "news": at})
    gone.times = ActTimes({"tips": at}, {"tips": at + timedelta(hours=1)})
    kept.memberships = {"news": NONE}
    kept.absorb(gone, [])
    assert kept.times.lowered == {"tips": at, "news": at}
