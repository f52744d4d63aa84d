"""Asking the channels who people are, beside the turns."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from aiohttp import ClientSession

from adapters.port import Profile
from adapters.teams.connector import TeamsChannel
from adapters.teams.directory import TeamsDirectory
from adapters.teams.settings import TeamsSettings
from runtime.tasks.profiles import REST
from standin.deliveries import DIRECTORY, Fault
from standin.people import StandInPerson
from standin.server import StandIn
from storage.records import AuditRow
from tests.runtime.harness import running_bot
from tests.runtime.people import WEEK, Told, at_work, contact, profiles_of
from tests.runtime.scene import Scene

ANA = StandInPerson("ana", given_name="Ana", family_name="Silva", email="ana@example.org", aad="A-1")


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    async with StandIn() as running:
        running.people.add(ANA)
        yield running


@pytest.fixture
async def teams(standin: StandIn) -> AsyncIterator[TeamsDirectory]:
    async with ClientSession() as session:
        settings = TeamsSettings(connector_override=standin.url, timeout=60.0)
        yield TeamsDirectory(TeamsChannel(settings, session))


async def test_who_writes_is_asked_about_once_until_it_is_old(
    scene: Scene, standin: StandIn, teams: TeamsDirectory
) -> None:
    profiles = profiles_of(scene, teams)
    async with at_work(profiles):
        await scene.says("hello")
        await profiles.idle()
        first = await contact(scene)
        assert (first.name, first.family_name, first.email, first.aad_object_id) == (
            "Ana Silva",
            "Silva",
            "ana@example.org",
            "A-1",
        )
        assert first.profile_at == scene.clock()
        standin.people.add(msgspec.structs.replace(ANA, family_name="Reis", email=""))
        scene.clock.now += WEEK - timedelta(seconds=1)
        await scene.says("hello")
        await profiles.idle()
        assert len(standin.people.questions) == 1
        scene.clock.now += timedelta(seconds=1)
        await scene.says("hello")
        await profiles.idle()
    second = await contact(scene)
    assert (second.name, second.family_name) == ("Ana Reis", "Reis")
    assert second.email == "ana@example.org", "what was not told stays"
    assert second.profile_at == scene.clock()
    assert len(standin.people.questions) == 2
    assert scene.counted("assent_profiles_total", channel="teams", outcome="found") == 2


@pytest.mark.parametrize("how", ["made", "changed"])
async def test_what_staff_wrote_stays_and_what_is_empty_is_filled(scene: Scene, how: str) -> None:
    await scene.says("hello")
    before = await contact(scene)
    source = "csv" if how == "made" else before.source
    await scene.store.edit_contact("demo", msgspec.structs.replace(before, email="staff@example.org", source=source))
    if how == "changed":
        await scene.store.add_audit(AuditRow(0, "demo", scene.clock(), "kim", "edit_contact", before.id))
    profiles = profiles_of(scene, Told(ana=Profile(email="ana@example.org", phone="1", country="PT")))
    async with at_work(profiles):
        await scene.says("hello")
        await profiles.idle()
    after = await contact(scene)
    assert (after.email, after.phone, after.country) == ("staff@example.org", "1", "PT")


async def test_tags_and_notes_are_no_reason_to_keep_an_old_name(scene: Scene) -> None:
    await scene.says("hello")
    before = await contact(scene)
    await scene.store.edit_contact("demo", msgspec.structs.replace(before, phone="0"))
    for action in ("tag_contact", "note_contact", "unmask"):
        await scene.store.add_audit(AuditRow(0, "demo", scene.clock(), "kim", action, before.id))
    profiles = profiles_of(scene, Told(ana=Profile(phone="1")))
    async with at_work(profiles):
        await scene.says("hello")
        await profiles.idle()
    assert (await contact(scene)).phone == "1"


async def test_who_is_not_known_is_not_asked_about_each_time(scene: Scene) -> None:
    told = Told()
    profiles = profiles_of(scene, told)
    async with at_work(profiles):
        for _ in range(3):
            await scene.says("hello")
            await profiles.idle()
    assert told.asked == ["ana"]
    assert (await contact(scene)).profile_at == scene.clock()
    assert scene.counted("assent_profiles_total", channel="teams", outcome="unknown") == 1


@pytest.mark.parametrize(
    ("fault", "rest", "outcome"),
    [
        (Fault(channel=DIRECTORY, status=500), REST, "failed"),
        (Fault(channel=DIRECTORY, status=429, retry_after=300), 300, "rate limited"),
    ],
    ids=["failed", "limited"],
)
async def test_a_channel_that_fails_is_left_alone_for_a_while(
    scene: Scene, standin: StandIn, teams: TeamsDirectory, fault: Fault, rest: float, outcome: str
) -> None:
    standin.fail(fault)
    profiles = profiles_of(scene, teams)
    async with at_work(profiles):
        await scene.says("hello")
        await profiles.idle()
        assert (await contact(scene)).profile_at is None
        scene.clock.now += timedelta(seconds=rest - 1)
        await scene.says("hello", user="bo")
        await profiles.idle()
        assert len(standin.people.questions) == 1
        assert scene.counted("assent_profiles_total", channel="teams", outcome=outcome) == 1
        if outcome == "failed":
            scene.clock.now += timedelta(seconds=1)
            await scene.says("hello")
            await profiles.idle()
            assert (await contact(scene)).name == "Ana Silva"


async def test_a_slow_directory_delays_no_turn(scene: Scene) -> None:
    told = Told(ana=Profile(name="Ana Silva"))
    told.gate.clear()
    profiles = profiles_of(scene, told)
    async with at_work(profiles):
        for number in range(10):
            await scene.says("hello", user="ana" if number % 2 else f"user{number}")
        await told.was_asked.wait()
        assert len(scene.said) >= 10
        assert (await contact(scene)).profile_at is None
        told.gate.set()
        await profiles.idle()
    assert (await contact(scene)).name == "Ana Silva"
    assert told.asked.count("ana") == 1


async def test_what_a_turn_changed_meanwhile_stays(scene: Scene) -> None:
    told = Told(ana=Profile(phone="1"))
    told.gate.clear()
    profiles = profiles_of(scene, told)
    async with at_work(profiles):
        await scene.says("ask")
        await told.was_asked.wait()
        await scene.says("sales")
        told.gate.set()
        await profiles.idle()
    after = await contact(scene)
    assert (after.fields, after.phone) == ({"team": "sales"}, "1")


async def test_a_crash_after_the_answer_loses_nothing(scene: Scene) -> None:
    told = Told(ana=Profile(phone="1"))
    told.gate.clear()
    async with at_work(profiles_of(scene, told)):
        await scene.says("hello")
        await told.was_asked.wait()
    told.gate.set()
    assert (await contact(scene)).profile_at is None
    again = profiles_of(scene, told)
    async with at_work(again):
        await scene.says("hello")
        await again.idle()
    assert (await contact(scene)).phone == "1"
    assert told.asked == ["ana", "ana"]


async def test_a_directory_that_breaks_harms_nobody_else(scene: Scene) -> None:
    class Broken(Told):
        async def profile(self, reference: object) -> Profile:
            del reference
            if not self.asked:
                self.asked.append("once")
                raise ZeroDivisionError
            return Profile(phone="1")

    profiles = profiles_of(scene, Broken())
    async with at_work(profiles):
        await scene.says("hello")
        await profiles.idle()
        await scene.says("hello", user="bo")
        await profiles.idle()
    assert (await contact(scene)).phone == ""
    assert (await contact(scene, "bo")).phone == "1"


async def test_those_for_whom_there_is_no_room_are_asked_about_later(scene: Scene) -> None:
    told = Told(bo=Profile(phone="2"))
    profiles = profiles_of(scene, told, maximum=1)
    await scene.says("hello", user="ana")
    await scene.says("hello", user="ana")
    await scene.says("hello", user="bo")
    assert scene.counted("assent_profiles_total", channel="teams", outcome="deferred") == 1
    async with at_work(profiles):
        await profiles.idle()
        await scene.says("hello", user="bo")
        await profiles.idle()
    assert told.asked == ["ana", "bo"]
    assert (await contact(scene, "bo")).phone == "2"


async def test_never_means_never(scene: Scene) -> None:
    told = Told(ana=Profile(phone="1"))
    profiles = profiles_of(scene, told, refresh=None)
    async with at_work(profiles):
        await scene.says("hello")
        await profiles.idle()
    assert told.asked == []


async def test_an_address_of_an_erased_person_is_left_out(scene: Scene) -> None:
    told = Told(ana=Profile(phone="1", email="ana@example.org"))
    profiles = profiles_of(scene, told)
    async with at_work(profiles):
        await scene.says("hello")
        await profiles.idle()
        gone = await contact(scene)
        await scene.store.erase_contact("demo", gone.id, actor="kim", at=scene.clock())
        told.profiles["bo"] = Profile(phone="2", email="ana@example.org")
        await scene.says("hello", user="bo")
        await profiles.idle()
    after = await contact(scene, "bo")
    assert (after.phone, after.email) == ("2", "")


async def test_a_whole_bot_knows_who_writes(tmp_path: Path) -> None:
    async with running_bot(tmp_path, refresh_days=7) as bot:
        bot.standin.people.add(StandInPerson("29:ana", given_name="Ana", family_name="Silva", phone="x"))
        bot.standin.people.add(StandInPerson("7", given_name="Bo", hours=2, locale="fr_FR"))
        await bot.says("hello")
        await bot.messenger(
            {"sender": {"id": "7"}, "recipient": {"id": "page"}, "message": {"mid": "m1", "text": "hi"}}
        )
        async with asyncio.timeout(60):
            await bot.server.profiles.idle()
        people = {person.contact.name: person.contact for person in await bot.server.store.people("demo")}
        assert people["Ana Silva"].family_name == "Silva"
        assert (people["Bo"].time_zone, people["Bo"].language) == ("Etc/GMT-2", "fr-FR")
        assert await bot.metric('assent_profiles_total{channel="teams",outcome="found"}') == 1
