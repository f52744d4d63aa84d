"""A store, channels that fail as they are told, a sender, and a clock that moves when somebody sleeps."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from adapters.port import Delivered, WirePayload
from flows.engine.turn import ConversationState, Turn, conversation_key
from messages.contact import Contact, Identity
from messages.effects import OutgoingMessage, OutgoingText, Send
from messages.inbound import ConversationReference, InboundEvent, Scope, Sender, TextReceived
from runtime.delivery import RetryPolicy
from runtime.metrics import Metrics
from runtime.outbox import OutboxSender
from storage.port import Store
from storage.records import DeliveryStatus, JournalEntry, OutboxRow

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
LOOK_EVERY = 1.25
"""No other nap is this long: the sender's between two looks for replies of other servers. `House.look` ends it."""
UNRENDERABLE = "a text that the channel's code fails on"


class Timeline:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = START
        self.naps: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)


class Screen:
    """A channel that shows what it gets, conversation by conversation, and fails as it is told."""

    def __init__(self, name: str = "screen") -> None:
        self.name = name
        self.shown: list[tuple[str, str]] = []
        self.at: list[datetime] = []
        self.clock = Timeline()
        self.failures: list[Exception | None] = []
        """What happens to the next sends."""
        self.failing: defaultdict[str, list[Exception | None]] = defaultdict(list)
        """The same for one conversation."""
        self.created = 0
        self.changed = asyncio.Condition()
        self.open = asyncio.Event()
        """While it is not set, nothing is answered."""
        self.open.set()
        self.asked = asyncio.Event()
        """Set once something was to be sent."""

    def render(self, message: OutgoingMessage, reference: ConversationReference) -> Sequence[WirePayload]:
        assert reference.channel == self.name
        texts = [part.text for part in message.parts if isinstance(part, OutgoingText)]
        if UNRENDERABLE in texts:
            raise KeyError(texts)
        return [{"text": text} for text in texts]

    async def deliver(self, payload: WirePayload, reference: ConversationReference) -> Delivered:
        self.asked.set()
        await self.open.wait()
        failures = self.failing[reference.conversation] or self.failures
        failure = failures.pop(0) if failures else None
        if failure is not None:
            raise failure
        created: ConversationReference | None = None
        if not reference.conversation:
            self.created += 1
            reference = created = msgspec.structs.replace(reference, conversation=f"with {reference.user}")
        self.shown.append((reference.conversation, payload["text"]))
        self.at.append(self.clock())
        async with self.changed:
            self.changed.notify_all()
        return Delivered(channel_message_id=f"m{len(self.shown)}", reference=created)

    async def has_shown(self, count: int) -> None:
        """Return once `count` payloads were shown."""
        async with asyncio.timeout(60), self.changed:
            await self.changed.wait_for(lambda: len(self.shown) >= count)

    def texts(self, conversation: str) -> list[str]:
        return [text for shown, text in self.shown if shown == conversation]

    async def close(self) -> None:
        """Nothing is held."""


class House:
    """A bot `b` on the channels `screen` and `other`. Several of different names can be on one store."""

    def __init__(self, store: Store, name: str = "") -> None:
        self.store = store
        self.name = name
        self.screen = Screen()
        self.other = Screen("other")
        self.time = self.screen.clock = self.other.clock = Timeline()
        self.metrics = Metrics()
        self.turns = 0
        self._looks = asyncio.Semaphore(0)
        self.sender = self.new_sender()

    def new_sender(self, **options: object) -> OutboxSender:
        given = {
            "sleep": self._sleep,
            "policy": RetryPolicy(max_attempts=6),
            "chance": lambda: 1.0,
            "poll_interval": LOOK_EVERY,
            **options,
        }
        channels = {("b", channel.name): channel for channel in (self.screen, self.other)}
        return OutboxSender(self.store, channels, clock=self.time, metrics=self.metrics, **given)  # type: ignore[arg-type]

    async def _sleep(self, seconds: float) -> None:
        if seconds == LOOK_EVERY:
            await self._looks.acquire()
        else:
            await self.time.sleep(seconds)

    def look(self) -> None:
        """Let the sender look for replies of other servers once."""
        self._looks.release()

    async def commit(
        self, user: str, *texts: str, channel: str = "screen", group: str = "", private: bool = False
    ) -> Sequence[OutboxRow]:
        """A turn that says something in one message."""
        self.turns += 1
        number, event = self.turns, f"{self.name}e{self.turns}"
        scope = Scope.GROUP if group else Scope.PERSONAL
        reference = ConversationReference(channel=channel, conversation=group or user, user=user, scope=scope)
        key = conversation_key(reference)
        loaded = await self.store.load("b", reference, event)
        contact = loaded.contact or Contact(id=f"c-{channel}-{user}", identities=(Identity(channel, user),))
        state = loaded.state or ConversationState(key=key, reference=reference, contact=contact.id)
        parts = tuple(OutgoingText(text=text) for text in texts)
        entry = JournalEntry(
            turn=f"{self.name}t{number:05}",
            bot="b",
            conversation=key,
            contact=contact.id,
            at=self.time(),
            event=InboundEvent(event, reference, Sender(user), TextReceived("hi")),
            outcome=Turn(
                state=state,
                contact=contact,
                effects=(Send(OutgoingMessage(id=f"{self.name}m{number}", parts=parts, private=private)),),
            ),
            state_before=loaded.state,
            contact_before=loaded.contact,
        )
        committed = await self.store.commit(entry)
        return committed.outbox

    async def say(
        self, user: str, *texts: str, channel: str = "screen", group: str = "", private: bool = False
    ) -> None:
        self.sender.add(await self.commit(user, *texts, channel=channel, group=group, private=private))

    async def rows(self, user: str, channel: str = "screen") -> Sequence[OutboxRow]:
        """How the replies to a person stand, once nothing waits any more."""
        async with asyncio.timeout(60):
            await self.sender.idle()
        await self.store.check()  # what was posted to the writer before is written now
        return await self.store.deliveries("b", f"{channel}:{user}")

    async def statuses(self, users: Collection[str]) -> set[DeliveryStatus]:
        return {row.status for user in users for row in await self.rows(user)}
