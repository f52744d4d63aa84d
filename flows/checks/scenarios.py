"""Runs the tests of a flow: its conversations are played through the engine, and must go as written.

Pure: the clock is the test's own, nothing is sent or stored. Nobody is in a segment of staff.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from consent.membership import ActTimes
from flows.checks.view import Check, Fault, Limits, View, error
from flows.compile import compile_revision
from flows.engine.take_turn import take_turn
from flows.engine.turn import ConversationState, IdSource, Snapshot, conversation_key
from flows.model.base import seconds_of
from flows.model.bot import Scenario, ScenarioStep
from flows.revision import Revision
from messages.consent import ALL, Membership
from messages.contact import Contact, Identity
from messages.effects import (
    Answer,
    CancelTimer,
    ChangeConsent,
    KeepEvidence,
    OutgoingButton,
    OutgoingCarousel,
    OutgoingFile,
    OutgoingImage,
    OutgoingMessage,
    OutgoingText,
    Send,
    StartTimer,
)
from messages.inbound import (
    Action,
    ButtonPressed,
    ConversationReference,
    ConversationStarted,
    InboundEvent,
    Sender,
    TextReceived,
    TimerFired,
)
from segment_buttons.payload import verify

TEST_STEP = error("test-step", "A step of a test does nothing, or several things.")
TEST_FAILS = error("test-fails", "A conversation does not go as a test says.")

BEGIN = datetime(2026, 11, 23, 9, tzinfo=UTC)
"""When every test begins."""

_DIGEST = "f" * 64
_KEY = b"signs what tests of flows press."
_ACTIONS = ("says", "presses", "waits", "starts")
_MAX_TIMERS = 100
"""How many waits may end in one step."""


def _find_steps(view: View, _limits: Limits) -> Iterator[Fault]:
    for name, scenario in view.bot.tests.items():
        for number, step in enumerate(scenario.steps):
            done = [key for key in _ACTIONS if getattr(step, key) is not None]
            if len(done) != 1:
                acts = " and ".join(f"`{key}`" for key in done) or "no act"
                yield TEST_STEP.broken(
                    ("tests", name, "steps", number),
                    f"step {number + 1} of the test `{name}` has {acts}",
                    "Give each step one of `says`, `presses`, `waits`, `starts`",
                )


def _find_failures(view: View, _limits: Limits) -> Iterator[Fault]:
    if not view.bot.tests:
        return
    live = compile_revision(view.bot, 1, _DIGEST)
    for name, scenario in view.bot.tests.items():
        played = _Play(live, scenario, name)
        for number, step in enumerate(scenario.steps):
            wrong = played.step(step)
            if wrong is not None:
                key, problem = wrong
                path = ("tests", name, "steps", number, key)
                remedy = "Correct the flow, or what the test expects"
                yield TEST_FAILS.broken(path, f"the test `{name}` fails: {problem}", remedy)
                break  # what follows is a consequence


class _Play:
    """One test under way."""

    def __init__(self, live: Revision, scenario: Scenario, name: str) -> None:
        person = scenario.person
        language = person.language or live.fallback
        self._live = live
        self._reference = ConversationReference("test", name, "person", "bot")
        self._sender = Sender("person", name=person.name, locale=language)
        key = conversation_key(self._reference)
        self._state = ConversationState(key, self._reference, contact="test")
        self._contact = Contact(
            id="test",
            identities=(Identity("test", "person"),),
            name=person.name,
            language=language,
            tags=frozenset(person.tags),
        )
        self._memberships = {name: Membership(each) for name, each in person.memberships.items()}
        self._times = ActTimes({}, {})
        self._evidence: dict[str, str] = {}
        self._timers: dict[str, datetime] = {}
        self._sent: list[OutgoingMessage] = []
        self._seen: list[str] = []
        self._last_seen: datetime | None = None
        self._now = BEGIN
        self._turns = 0

    def step(self, step: ScenarioStep) -> tuple[str, str] | None:
        """Do a step. Returns the key whose expectation is not met, and how; None: all is as it should be."""
        self._seen = []
        if step.presses is not None:
            pressed = self._press(step.presses)
            if pressed is None:
                return "presses", f"nothing that was sent has a button `{step.presses}`"
            self._take(pressed)
        elif step.says is not None:
            self._take(TextReceived(step.says))
        elif step.starts is not None:
            self._take(ConversationStarted())
        elif step.waits is not None:
            self._wait(timedelta(seconds=seconds_of(step.waits)))
        return self._unmet(step)

    def _unmet(self, step: ScenarioStep) -> tuple[str, str] | None:
        came = "what came was " + " / ".join(f"`{text}`" for text in self._seen) if self._seen else "nothing came"
        if step.sees is not None:
            wanted = (step.sees,) if isinstance(step.sees, str) else step.sees
            if not wanted and self._seen:
                return "sees", f"nothing should come, and {came}"
            for words in wanted:
                if not any(_plain(words) in _plain(text) for text in self._seen):
                    return "sees", f"`{words}` does not come; {came}"
        for subject, membership in step.memberships.items():
            found = self._memberships.get(subject, Membership.NONE)
            if found != membership:
                return "memberships", f"the person is `{found}` for `{subject}`, not `{membership}`"
        stopped = "yes" if self._memberships.get(ALL) is Membership.OPTED_OUT else "no"
        if step.stopped is not None and step.stopped != stopped:
            done = "has stopped everything" if stopped == "yes" else "has not stopped everything"
            return "stopped", f"the person {done}"
        return None

    def _press(self, wanted: str) -> Action | None:
        bot = self._live.bot.bot
        for message in reversed(self._sent):
            for button in _buttons(message):
                ref = verify(button.payload, bot, [_KEY]) if button.payload else None
                if ref is not None and (wanted == ref.button or _plain(wanted) == _plain(button.label)):
                    return ButtonPressed(button.payload, button=ref)
                if ref is None and not button.url and _plain(wanted) == _plain(button.label):
                    return TextReceived(button.label, form="answer")
        return None

    def _wait(self, length: timedelta) -> None:
        until = self._now + length
        for _ in range(_MAX_TIMERS):
            timer = min(self._timers, key=lambda one: (self._timers[one], one), default=None)
            if timer is None or self._timers[timer] > until:
                break
            self._now = max(self._now, self._timers.pop(timer))
            self._take(TimerFired(timer))
        self._now = max(self._now, until)

    def _take(self, action: Action) -> None:
        self._turns += 1
        if not isinstance(action, TimerFired):
            self._now += timedelta(seconds=1)
        event = InboundEvent(f"event-{self._turns}", self._reference, self._sender, action, sent_at=self._now)
        ref = action.button if isinstance(action, ButtonPressed) else None
        snapshot = Snapshot(
            bot=self._live.bot.bot,
            state=self._state,
            contact=self._contact,
            memberships=self._memberships,
            live=self._live,
            lowered=self._times.lowered,
            raised=self._times.raised,
            evidence=self._evidence.get(ref.evidence) if ref is not None else None,
            last_seen=self._last_seen,
            signing_key=_KEY,
        )
        turn = take_turn(snapshot, event, self._now, IdSource(f"turn-{self._turns}"))
        changes = [effect.change for effect in turn.effects if isinstance(effect, ChangeConsent)]
        self._times = self._times.after(changes, turn.lowered, turn.raised)
        self._memberships = {**self._memberships, **{change.subject: change.after for change in changes}}
        self._state = replace(turn.state, version=turn.state.version + 1)
        self._contact = replace(turn.contact, version=turn.contact.version + 1)
        if not isinstance(action, TimerFired):
            self._last_seen = self._now
        for effect in turn.effects:
            match effect:
                case Send(message):
                    self._sent.append(message)
                    self._seen += _texts(message)
                case Answer(text=text):
                    self._seen.append(text)
                case KeepEvidence(digest, text):
                    self._evidence[digest] = text
                case StartTimer(timer, due):
                    self._timers[timer] = due
                case CancelTimer(timer):
                    self._timers.pop(timer, None)
                case _:
                    pass


def _plain(text: str) -> str:
    """Return a text with one plain space for each run of blanks: a file does not show which kind they are."""
    return " ".join(text.split())


def _buttons(message: OutgoingMessage) -> Iterator[OutgoingButton]:
    for part in message.parts:
        if isinstance(part, OutgoingText):
            yield from part.buttons
        elif isinstance(part, OutgoingCarousel):
            for card in part.cards:
                yield from card.buttons
    yield from message.quick_replies


def _texts(message: OutgoingMessage) -> Iterator[str]:
    """Yield what a person reads of a message."""
    for part in message.parts:
        match part:
            case OutgoingText(text=text) | OutgoingImage(alt=text) | OutgoingFile(title=text):
                yield text
            case OutgoingCarousel(cards):
                for card in cards:
                    yield from filter(None, (card.title, card.subtitle))
            case _:
                pass
    yield from (button.label for button in _buttons(message))


STEPS = Check((TEST_STEP,), _find_steps)
TESTS = Check((TEST_FAILS,), _find_failures)
