"""The root of a flow file: one bot."""

from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from flows.model.base import Duration, Id, Language, Localised, Piece, Subject, WordList, Words
from flows.model.buttons import Button
from flows.model.conditions import Condition
from flows.model.parts import Choice, Part


class Segment(Piece):
    """A named audience: `tips: {name: Wellbeing tips, purpose: One short tip every Monday.}`."""

    name: Localised
    """What people know the segment by."""
    purpose: Localised | None = None
    """What the person agrees to, in words that the person reads. Kept with each opt-in in the ledger."""
    public: bool = False
    """`true`: *subscriptions* shows it to everybody, with a button that opts in."""


class Topic(Segment):
    """What people ask to be told about: `news: {name: News, purpose: News of the canteen., uses: once}`."""

    uses: Literal["standing", "once"] = "standing"
    """How long an opt-in lasts: until the person leaves, or for `once` message."""


class Step(Piece):
    """One message of a sequence: `{id: day2, wait: 1d at 09:00, message: second_day}`."""

    id: Id
    """Names the step for ever: who had it does not get it again, wherever it is moved."""
    wait: Words
    """How long after the step before, or after joining: `48h`, `2d at 09:00`, `field.renewed - 7d at 09:00`."""
    message: Id
    """The message that is sent."""
    if_: Annotated[Condition | None, Field(alias="if")] = None
    """Who does not meet it when the step is due goes on with the next one."""
    late: Duration | None = None
    """How late it may still be sent; later it is passed over."""


class Sequence(Segment):
    """Messages that follow each other by themselves, each after a wait.

    `course: {name: Sleep course, purpose: Three messages in three days., steps: [{id: one, wait: 1d, message: one}]}`
    """

    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=100)]
    """What is sent, in order."""
    exit: Condition | None = None
    """Who meets it leaves the sequence, before the next step."""
    reentry: Literal["never", "after_end"] = "never"
    """Whether somebody who went through it can begin again."""
    quiet: Words | None = None
    """Hours in which nothing is sent, in the person's time: `22:00-08:00`, or `none`; without it, those of the bot."""


class ContactField(Piece):
    """What a question, or a `set` part, stores: `team: {type: choice, choices: [Sales, Care]}`."""

    type: Literal["text", "email", "number", "date", "choice"] = "text"
    """What the field holds; questions that store it have the same type."""
    choices: tuple[Words | Choice, ...] = ()
    """What a choice field can hold."""


class Message(Piece):
    """A message: parts in order, then quick replies."""

    title: Words | None = None
    """What the builder calls it, in reports."""
    parts: Annotated[tuple[Part, ...], Field(min_length=1)]
    """What the message does, in order."""
    quick_replies: tuple[Button, ...] = ()
    """Buttons under the message that vanish once one is used."""
    way_out: Literal["subscriptions"] | None = None
    """`subscriptions`: its last text gets the button *My subscriptions*, and where it is pushed *Why?* too."""


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


class OpeningHours(Piece):
    """When somebody is there: `office: {days: [mon, tue], open: "09:00-17:00", zone: Europe/London}`."""

    days: Annotated[tuple[Weekday, ...], Field(min_length=1)] = WEEKDAYS[:5]
    """The working days of a week."""
    open: Words | None = None
    """From when to when: `09:00-17:00`, or past midnight; without it, all day."""
    zone: Words | None = None
    """Whose clock it goes by: `Europe/London`; without it, the person's own, and UTC where that is not known."""
    days_off: tuple[Words, ...] = ()
    """Days on which nobody works: `2026-12-25`."""


class Link(Piece):
    """A way in: who comes by this link or QR code gets the message. `stand: {message: event_hello, tag: from_poster}`.

    It opts nobody in: the message may have a button that does.
    """

    message: Id
    """The message that answers, each time."""
    tag: Id | None = None
    """A tag that it puts on the person."""
    words: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """What is sent with one press where a channel's links carry words (Teams); without it, the id of the link."""


def words_of_link(name: str, link: Link) -> str:
    """Return the words that a link puts into the message box."""
    return link.words if link.words is not None else name


class KeywordRule(Piece):
    """Words that start a message: `{is: "hi, hello", message: hello}` or `{contains: pizza, message: lunch}`.

    With `opt_in` or `opt_out` the same words also change a segment: `{is: join tips, opt_in: tips, message: tips_on}`.
    """

    is_: Annotated[WordList | None, Field(alias="is")] = None
    """Words that are the whole message, in any spelling of capitals."""
    contains: WordList | None = None
    """Words or phrases that stand anywhere in the message."""
    message: Id
    """The message that answers."""
    opt_in: Subject | None = None
    """A segment, `topic:ID` or `sequence:ID` that the words opt the person in to."""
    opt_out: Subject | None = None
    """A segment, `topic:ID` or `sequence:ID` that the words opt the person out of."""

    @model_validator(mode="after")
    def _one_way(self) -> "KeywordRule":
        if (self.is_ is None) == (self.contains is None):
            raise PydanticCustomError(
                "keyword-rule",
                "a keyword rule has either `is` or `contains`",
                {"remedy": "Make it two rules, or keep one of the two keys"},
            )
        if self.opt_in is not None and self.opt_out is not None:
            raise PydanticCustomError(
                "keyword-rule",
                "a keyword rule has `opt_in` or `opt_out`, not both",
                {"remedy": "Delete one of the two"},
            )
        return self


class SegmentUnsubscribe(Piece):
    """Words that opt the person out of one segment: `{is: stop tips, segment: tips, reply: tips_off}`."""

    is_: Annotated[WordList, Field(alias="is")]
    """The words, as whole messages."""
    segment: Subject
    """The segment, `topic:ID` or `sequence:ID` that they leave."""
    reply: Id
    """The message that confirms it."""


class Unsubscribe(Piece):
    """Stop, start and help words. The built-in ones always work; these are added to them.

    The runtime has its own confirmations in each language; `confirmation`, `resubscribed`, `help` and `still_off`
    replace them.
    """

    is_: Annotated[WordList, Field(alias="is")] = ()
    """More words that stop everything."""
    confirmation: Localised | None = None
    """Said once, after the person stopped everything. No marketing, no buttons."""
    segments: tuple[SegmentUnsubscribe, ...] = ()
    """Words that stop one segment."""
    resubscribe: WordList = ()
    """More words that allow messages again."""
    resubscribed: Localised | None = None
    """Said to somebody who allowed messages again."""
    help_words: WordList = ()
    """More words that ask for help."""
    help: Localised | None = None
    """Said to somebody who asks for help."""
    still_off: Localised | None = None
    """Added to the reply when somebody who stopped everything opts in to one segment."""


class ScenarioPerson(Piece):
    """Who a test is about: `{name: Ana Lima, language: fr, tags: [vip], memberships: {tips: opted_in}}`."""

    name: Words = "Test Person"
    """What the channel calls the person."""
    language: Language | None = None
    """What the person speaks; without it, the first language of the bot."""
    tags: tuple[Id, ...] = ()
    """Tags that the person has at the beginning."""
    memberships: dict[Subject, Literal["opted_in", "opted_out", "added"]] = {}
    """How the person stands to segments, topics and sequences at the beginning."""


class ScenarioStep(Piece):
    """One thing that happens in a test, and what should come of it: `{says: hello, sees: Would you like a tip}`."""

    says: Words | None = None
    """What the person types."""
    presses: Words | None = None
    """The label or the id of a button or quick reply; of several, the one that was sent last."""
    waits: Duration | None = None
    """How much time passes without a word of the person."""
    starts: Literal["yes"] | None = None
    """`"yes"`: the person adds the bot."""
    sees: Words | tuple[Words, ...] | None = None
    """Words that must come, each somewhere in the texts and labels of the answer; `[]`: nothing may come."""
    memberships: dict[Subject, Literal["opted_in", "opted_out", "added", "none"]] = {}
    """How the person must stand to segments, topics and sequences afterwards."""
    stopped: Literal["yes", "no"] | None = None
    """Whether the person must have stopped everything afterwards."""


class Scenario(Piece):
    """A test: what a person does, and what should come. `{steps: [{says: hello, sees: Hi there}]}`.

    It runs with each check and each push, on a clock of its own that begins on a Monday at 09:00 UTC.
    """

    person: ScenarioPerson = ScenarioPerson()
    """Who the person is at the beginning."""
    steps: Annotated[tuple[ScenarioStep, ...], Field(min_length=1, max_length=50)]
    """What happens, in order."""


HOOK_EVENT_PATTERN = r"^(consent|hand_over|emit:[A-Za-z0-9][A-Za-z0-9_.-]{0,63}|complete:(product|collection|flow))$"


CONSENT_EVENT = "consent"
"""What hooks call a change of consent."""


class Hook(Piece):
    """Tells another system, whose address is in the settings: `crm: {events: [consent, "emit:swap_asked"]}`."""

    events: Annotated[tuple[Annotated[str, Field(pattern=HOOK_EVENT_PATTERN)], ...], Field(min_length=1)]
    """What it hears of: `consent` (whoever changed it), `hand_over`, `emit:EVENT`, `complete:KIND`."""


class Bot(Piece):
    """A whole flow file."""

    assent: Literal["1"]
    """Version of the flow file's format."""
    bot: Id
    """The id of the bot: commands, addresses and buttons use it."""
    name: Localised
    """What people know the bot by."""
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("en",)
    """The first one is the fallback."""
    segments: dict[Id, Segment] = {}
    """Named audiences that people opt in to."""
    topics: dict[Id, Topic] = {}
    """What people ask to be told about."""
    sequences: dict[Id, Sequence] = {}
    """Messages that follow each other by themselves."""
    fields: dict[Id, ContactField] = {}
    """What is stored about a person."""
    hooks: dict[Id, Hook] = {}
    """Other systems that are told; their addresses are in the settings."""
    tags: tuple[Id, ...] = ()
    """Tags that the flow uses; if any are listed, it may use no other."""
    welcome: Id | None = None
    """The message sent to somebody who adds the bot."""
    default: Id | None = None
    """The message sent when nothing else answers."""
    keywords: tuple[KeywordRule, ...] = ()
    """Words that start a message. The first rule that fits answers, `is` before `contains`."""
    hours: dict[Id, OpeningHours] = {}
    """Opening hours and working days, for conditions and waits."""
    links: dict[Id, Link] = {}
    """Ways in: links and QR codes, by the id that they carry."""
    unsubscribe: Unsubscribe = Unsubscribe()
    """Additions to the built-in stop, start and help words."""
    quiet: Words | None = None
    """Hours in which nothing is pushed, in the person's time, unless a broadcast or a sequence has its own:
    `21:00-08:00`.
    """
    messages: Annotated[dict[Id, Message], Field(min_length=1)]
    """The messages, by id."""
    tests: Annotated[dict[Id, Scenario], Field(max_length=100)] = {}
    """Conversations that must go as written, or the flow is not pushed."""
