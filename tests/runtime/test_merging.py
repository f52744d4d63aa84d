"""Two contacts that prove to be one person become one."""

from collections.abc import Sequence

import msgspec
import pytest
from structlog.testing import capture_logs

from adapters.port import Profile
from filters.person import KnownPerson
from messages.addresses import Handle, HandleKind
from messages.consent import ConsentChange, Membership, SourceKind
from messages.contact import Contact
from messages.errors import BadInput
from runtime.tasks.profiles import ACTOR, Merger
from storage.sqlite.store import SqliteStore
from tests.runtime.harness import payload
from tests.runtime.people import Told, at_work, contact, profiles_of, writes
from tests.runtime.scene import Scene

NONE, IN, OUT = Membership.NONE, Membership.OPTED_IN, Membership.OPTED_OUT


async def test_two_accounts_with_one_object_id_become_one_person(scene: Scene) -> None:
    profiles = profiles_of(scene, Told(), refresh=None)
    await writes(scene, "ana", "A-1")
    await scene.presses(payload("yes"), user="ana")
    await scene.clock.sleep(1)
    await scene.presses(payload("no"), user="ana2")
    elder, younger = await contact(scene, "ana"), await contact(scene, "ana2")
    async with at_work(profiles):
        await writes(scene, "ana2", "a-1")
        await profiles.idle()
    both = await contact(scene, "ana2")
    assert both.id == elder.id
    assert {identity.user for identity in both.identities} == {"ana", "ana2"}
    assert await scene.store.memberships("demo", elder.id) == {"tips": OUT}
    rows = [row.change for row in await scene.store.ledger("demo") if row.change.source is SourceKind.MERGE]
    assert [(row.contact, row.subject, row.before, row.after, row.actor) for row in rows] == [
        (elder.id, "tips", IN, OUT, ACTOR),
        (younger.id, "tips", OUT, NONE, ACTOR),
    ]
    (audited,) = await scene.store.audit("demo", target=elder.id)
    assert (audited.action, audited.actor, audited.detail) == ("merge", ACTOR, f"took over {younger.id}")
    assert scene.counted("assent_contact_merges_total", bot="demo", outcome="merged") == 1
    for user, button, after in (("ana", "card-yes", IN), ("ana2", "card-no", OUT), ("ana2", "card-yes", IN)):
        await scene.clock.sleep(1)
        await scene.presses(payload(button), user=user)
        assert (await scene.store.memberships("demo", elder.id))["news"] is after
    assert await scene.store.memberships("demo", younger.id) == {}
    assert (await scene.store.verify_ledger("demo")).differences == ()


async def test_what_the_channel_tells_proves_it_too(scene: Scene) -> None:
    told = Told(ana=Profile(name="Ana Silva", aad_object_id="A-1"), bo=Profile(phone="7", aad_object_id="a-1"))
    profiles = profiles_of(scene, told)
    async with at_work(profiles):
        for user in ("ana", "bo"):
            await scene.says("hello", user=user)
            await profiles.idle()
            await scene.clock.sleep(1)
    both = await contact(scene, "bo")
    assert both == await contact(scene, "ana")
    assert (both.name, both.phone, both.aad_object_id) == ("Ana Silva", "7", "A-1")
    assert len(await scene.store.people("demo")) == 1


async def known(scene: Scene, **fields: str) -> KnownPerson:
    """Staff knows somebody."""
    made = msgspec.structs.replace(
        Contact(id="c_staff", identities=(), created_at=scene.clock(), source="csv"), **fields
    )
    return await scene.store.add_contact("demo", made)


async def test_an_external_id_that_the_directory_told_proves_it(scene: Scene) -> None:
    await known(scene, external_id="E7", email="ana@example.org")
    await scene.clock.sleep(1)
    profiles = profiles_of(scene, Told(ana=Profile(external_id="E7")))
    async with at_work(profiles):
        await scene.says("hello")
        await profiles.idle()
    (person,) = await scene.store.people("demo")
    assert (person.contact.email, person.contact.external_id) == ("ana@example.org", "E7")
    assert [identity.user for identity in person.contact.identities] == ["ana"]


async def test_an_address_alone_proves_nothing(scene: Scene) -> None:
    await known(scene, email="ana@example.org")
    profiles = profiles_of(scene, Told(ana=Profile(email="ana@example.org")))
    async with at_work(profiles):
        await scene.says("hello")
        await profiles.idle()
    assert len(await scene.store.people("demo")) == 2


async def test_two_people_of_the_directory_stay_two_and_the_profile_is_kept(scene: Scene) -> None:
    await known(scene, external_id="E7", aad_object_id="B-2")
    profiles = profiles_of(scene, Told(ana=Profile(external_id="E7", aad_object_id="A-1", phone="1")))
    with capture_logs() as logs:
        async with at_work(profiles):
            await scene.says("hello")
            await profiles.idle()
    assert len(await scene.store.people("demo")) == 2
    assert (await contact(scene)).phone == "1"
    assert [line["why"] for line in logs if "why" in line] == ["their ids in the directory differ"]


async def test_three_become_one(scene: Scene) -> None:
    profiles = profiles_of(scene, Told(), refresh=None)
    for user in ("ana", "bo", "cy"):
        await writes(scene, user, "A-1")
        await scene.clock.sleep(1)
    async with at_work(profiles):
        await profiles.idle()
    (person,) = await scene.store.people("demo")
    assert len(person.contact.identities) == 3


class Busy(SqliteStore):
    """A store in which somebody presses a button just before the first merge."""

    scene: Scene | None = None
    merges = 0

    async def merge_contacts(
        self, bot: str, kept: Contact, gone: Contact, changes: Sequence[ConsentChange]
    ) -> KnownPerson:
        self.merges += 1
        scene, self.scene = self.scene, None
        if scene is not None:
            await scene.presses(payload("no"), user="bo")
        return await super().merge_contacts(bot, kept, gone, changes)


async def test_a_press_in_between_is_counted() -> None:
    store = Busy.in_memory()
    await store.open()
    scene = Scene(store)
    await scene.push()
    await writes(scene, "ana", "A-1")
    await scene.presses(payload("yes"), user="ana")
    await scene.clock.sleep(1)
    await writes(scene, "bo", "A-1")
    store.scene = scene
    both = await Merger(store, clock=scene.clock, metrics=scene.metrics).join("demo", (await contact(scene)).id)
    assert both is not None
    assert store.merges == 2
    assert both.contact == await contact(scene, "bo")
    assert await store.memberships("demo", both.contact.id) == {"tips": OUT}
    await store.close()


class Apart(SqliteStore):
    """A store that can't join these two, as one of several shards can't."""

    async def merge_contacts(
        self, bot: str, kept: Contact, gone: Contact, changes: Sequence[ConsentChange]
    ) -> KnownPerson:
        del bot, kept, gone, changes
        raise BadInput("kept in different shards", remedy="Copy the store into one with a single shard")


async def test_what_can_not_be_joined_is_said_once_with_what_to_do() -> None:
    store = Apart.in_memory()
    await store.open()
    scene = Scene(store)
    await scene.push()
    for user in ("ana", "bo"):
        await writes(scene, user, "A-1")
    merger = Merger(store, clock=scene.clock, metrics=scene.metrics)
    ana = await contact(scene)
    with capture_logs() as logs:
        for _ in range(2):
            left = await merger.join("demo", ana.id)
            assert left is not None
            assert left.contact == ana
    (line,) = [line for line in logs if line["event"].startswith("two contacts look")]
    assert "Copy the store" in line["why"]
    assert await store.audit("demo") == []
    await store.close()


@pytest.mark.parametrize("kind", [HandleKind.EMAIL, HandleKind.ACCOUNT])
async def test_nothing_else_is_a_proof(scene: Scene, kind: HandleKind) -> None:
    await scene.says("hello")
    other = await known(scene, email="ana@example.org")
    merger = Merger(scene.store, clock=scene.clock, metrics=scene.metrics)
    key = "ana@example.org" if kind is HandleKind.EMAIL else "teams ana"
    assert await merger.join("demo", other.contact.id, [Handle(kind, key)]) == other
    assert len(await scene.store.people("demo")) == 2


async def test_who_is_gone_is_nobody(scene: Scene) -> None:
    merger = Merger(scene.store, clock=scene.clock, metrics=scene.metrics)
    assert await merger.join("demo", "c_nobody") is None
