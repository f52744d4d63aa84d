"""43 conversations previewed on a draft whose greeting opts in, against books that were kept by hand beside them."""

from collections import Counter
from datetime import timedelta

from messages.consent import ALL, ConsentChange, Membership, SourceKind
from messages.inbound import ConversationStarted, TextReceived
from replay.comparison import GroupKind
from replay.preview import Group, PersonEvent, Preview
from replay.preview_pool import PersonPreviewed, Totals
from tests.flows.engine.conversation import Conversation, revision_of
from tests.replay import flows

GREETS = flows.FLOW.replace("keywords:\n", 'keywords:\n  - {is: "hi, hello", message: sorry}\n')
DRAFT = GREETS.replace('{is: "hi, hello", message: sorry}', '{is: "hi, hello", message: sorry, opt_in: tips}')

STORIES = (
    "hi", "hi what", "what", "yes", "no", "hi yes", "yes hi", "no hi", "hi no", "hi stop", "stop hi", "yes stop",
    "yes stop hi", "hi hi", "hello", "hello yes no", "add", "add hi", "hi add", "hi add remove", "add remove",
    "hi no add", "no add", "stop add", "hi stop add", "add stop", "what hello what", "yes hello", "what stop",
    "hi remove", "yes remove", "yes remove hi", "add hi no", "hi no hi", "stop hi no", "no yes", "hi no yes",
    "what what", "hello hello hi", "yes no hi stop", "add remove hi", "hi stop hello", "no stop hi",
)  # fmt: skip
"""What 43 people do after they added the bot: words, presses of yes and no, staff adding and removing them."""


class Books:
    """How somebody stands to the tips, and to everything, as one who reads the flow would write it down."""

    def __init__(self, *, greeting_opts_in: bool) -> None:
        self.tips = "none"
        self.stopped = False
        self.by = ""
        self._greets = greeting_opts_in

    def does(self, what: str) -> tuple[str, str] | None:
        """Write a doing down; return from what to what it brought the tips, if it did."""
        before = self.tips
        if what == "yes" or (what in ("hi", "hello") and self._greets):
            self.tips = "in"
        elif what == "no":
            self.tips = "out"
        elif what == "stop":
            self.stopped = True
            self.tips = "out" if self.tips in ("in", "added") else self.tips
        elif what == "add" and self.tips == "none" and not self.stopped:
            self.tips = "added"
        elif what == "remove" and self.tips in ("in", "added"):
            self.tips = "none"
        if before == self.tips:
            return None
        self.by = what
        return before, self.tips


def both(was: Books, will: Books, what: str) -> tuple[str, str] | None:
    """Write a doing into both books: what staff did to no effect left no trace that could be done again."""
    change = was.does(what)
    return None if what in ("add", "remove") and change is None else will.does(what)


def lived(number: int, story: str) -> list[PersonEvent]:
    """What the journal and the ledger hold of a person who did all that."""
    conversation = Conversation(revision_of(GREETS))
    conversation.take(ConversationStarted())
    events: list[PersonEvent] = [conversation.entries[-1]]
    for what in story.split():
        if what in ("add", "remove"):
            events += staff(conversation, what)
            continue
        if what in ("yes", "no"):
            conversation.press("Yes please" if what == "yes" else "No thanks")
        else:
            conversation.take(TextReceived(what))
        events.append(conversation.entries[-1])
    return events


def staff(conversation: Conversation, what: str) -> list[PersonEvent]:
    """Staff do it by the rule of the house: who opted out, of this or of everything, is left alone."""
    before = conversation.memberships.get("tips", Membership.NONE)
    stopped = conversation.memberships.get(ALL) is Membership.OPTED_OUT
    after = {"add": Membership.ADDED, "remove": Membership.NONE}[what]
    if before is Membership.OPTED_OUT or (what == "add" and (before is not Membership.NONE or stopped)):
        return []
    if before is after:
        return []
    conversation.now += timedelta(seconds=1)
    change = ConsentChange(conversation.contact.id, "tips", before, after, conversation.now, SourceKind.CONSOLE, "mia")
    conversation.memberships["tips"] = after
    conversation.times = conversation.times.after([change])
    return [change]


def previewed() -> Totals:
    totals = Totals()
    for number, story in enumerate(STORIES):
        events = lived(number, story)
        until = max(event.at for event in events if not isinstance(event, ConversationStarted)) + timedelta(hours=1)  # type: ignore[union-attr]
        preview = Preview(revision_of(DRAFT, 2), {1: revision_of(GREETS)}, until)
        totals.add(PersonPreviewed(number, preview.person(events), (), len(events), 0))
    return totals


def test_each_act_is_counted_as_in_the_books() -> None:
    gained: Counter[str] = Counter()
    for story in STORIES:
        was, will = Books(greeting_opts_in=False), Books(greeting_opts_in=True)
        for what in story.split():
            change = both(was, will, what)
            if what in ("hi", "hello") and change is not None and was.tips not in ("in", "added"):
                gained[what] += 1
    assert len(STORIES) == 43
    assert gained.total() >= 25
    told = {one.group: one.counted.turns for one in previewed().groups if one.group.kind is GroupKind.GAINED}
    acts = {group: turns for group, turns in told.items() if not group.end}
    assert acts == {
        Group(GroupKind.GAINED, f"would be opted in to *tips*: keyword *{word}*"): count
        for word, count in gained.items()
    }


def test_people_end_as_in_the_books() -> None:
    ends: Counter[tuple[str, str]] = Counter()
    others = 0
    for story in STORIES:
        was, will = Books(greeting_opts_in=False), Books(greeting_opts_in=True)
        for what in story.split():
            both(was, will, what)
        if was.tips != will.tips and not (was.stopped and will.tips == "out"):
            ends[was.tips, will.tips] += 1
        elif was.tips == will.tips == "in" and was.by != will.by:
            others += 1
    totals = previewed()
    told = {one.group.text: one.counted.people for one in totals.groups if one.group.end}
    assert (totals.people, totals.conversations, totals.doubtful) == (43, 43, 0)
    assert (
        told.get("would end opted in to *tips*")
        == sum(n for (_, will), n in ends.items() if will == "in") - ends["added", "in"]
    )
    assert told.get("would end opted out of *tips*", 0) == sum(n for (_, will), n in ends.items() if will == "out")
    by_greeting = [n for text, n in told.items() if text.startswith("would be in *tips* all the same, by keyword")]
    assert sum(by_greeting) == others


def test_a_stop_on_both_sides_is_no_loss() -> None:
    told = previewed().groups
    assert not [one for one in told if one.group.kind in (GroupKind.LOST, GroupKind.NOT_OPTED_OUT)]
    stopped = [one for one in told if one.group.kind is GroupKind.STOPPED and one.group.end]
    assert [one.counted.people for one in stopped] == [2]
