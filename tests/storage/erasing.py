"""People who left something everywhere, to be erased, and a look at everything a store holds."""

from collections.abc import Sequence

import msgspec

from messages.consent import ALL, Membership
from messages.effects import Answer, IgnoreMessage, KeepEvidence, StartTimer
from messages.inbound import ButtonPressed, TextReceived
from storage.port import Store
from storage.records import DeliveryStatus, Erased
from storage.transfer import Kind, Record
from tests.storage.talk import MINUTE, NOW, Talk, says

IN, OUT = Membership.OPTED_IN, Membership.OPTED_OUT


class Person:
    """Somebody with two conversations, and what they left in them. All that is theirs has `mark` in it."""

    def __init__(self, mark: str, number: int) -> None:
        self.mark = mark
        self.number = number
        self.alone = Talk(mark)
        self.in_group = Talk(mark, group=f"19:{mark}")
        self.talks = (self.alone, self.in_group)

    def event(self, turn: int, talk: Talk) -> str:
        """Return an id that does not tell whose it is, because ids of turns are made of it."""
        return f"e{self.number}-{turn}-{self.talks.index(talk)}"

    def digest(self, turn: int) -> str:
        return f"{self.number}{turn:015}"

    async def live(self, store: Store) -> None:
        """Type, press, fill in fields, opt in and out, be ignored, wait; one reply fails and others wait."""
        for turn in range(4):
            for talk in self.talks:
                await talk.take(
                    store,
                    self.event(turn, talk),
                    says(f"hello {self.mark} {turn}"),
                    KeepEvidence(self.digest(turn), f"Tips, {self.mark.title()}? {turn}"),
                    IgnoreMessage(f"I am {self.mark}"),
                    StartTimer(f"t-{self.event(turn, talk)}", NOW + turn * MINUTE),
                    Answer(f"done, {self.mark}"),
                    consent={"tips": OUT if turn % 2 else IN, **({ALL: OUT} if turn == 3 else {})},
                    fields={"city": f"{self.mark}ville", "turn": turn},
                    action=ButtonPressed(f"{self.mark} payload") if turn % 2 else TextReceived(f"I am {self.mark}"),
                    state={"unreachable": f"{self.mark} is away"} if turn == 2 else None,
                )
        first, *_ = await store.deliveries(self.alone.bot, self.alone.key)
        failed = msgspec.structs.replace(first, status=DeliveryStatus.FAILED, reason=f"{self.mark}: 403")
        await store.record_delivery(failed)

    async def contact_id(self, store: Store) -> str:
        contact = (await self.alone.load(store)).contact
        assert contact is not None
        return contact.id


BOT = "wellbeing"
QUIMBY = Person("quimby", 1)
"""Is to be erased."""
OTHER = Person("mathilda", 2)


async def lived_in(store: Store) -> str:
    """Have both live in the store; return the id of the one to be erased."""
    await QUIMBY.live(store)
    await OTHER.live(store)
    return await QUIMBY.contact_id(store)


async def erase(store: Store, contact: str) -> Erased | None:
    return await store.erase_contact(BOT, contact, actor="mia", at=NOW + MINUTE)


async def everything(store: Store, bot: str) -> dict[Kind, Sequence[Record]]:
    """Return all that a store can be made to tell of a bot."""
    return {kind: await all_of(store, bot, kind) for kind in Kind}


async def all_of(store: Store, bot: str, kind: Kind) -> Sequence[Record]:
    records: list[Record] = []
    after = ""
    while True:
        page = await store.export(bot, kind, after, 3)
        records += page.records
        after = page.after
        if not after:
            return records


def as_text(value: object) -> str:
    """Return everything in `value`, in lower case; what can't be read as text is not ASCII in it."""
    return msgspec.msgpack.encode(value).decode("latin-1").lower()
