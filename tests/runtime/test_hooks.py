"""Other systems hear of consent and of what flows do: by real requests, at least once, in order, signed."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from messages.consent import ALL, ConsentChange, Membership, SourceKind
from messages.effects import Notify, NotifyConsent
from messages.settings import Hook, Secret
from runtime.outgoing import Outgoing, is_public
from runtime.tasks.effects import EffectWorker
from runtime.tasks.hooks import HookFeed, Hooks
from storage.work import WorkState
from tests.runtime.harness import FLOW, payload
from tests.runtime.scene import Scene

SECRET = "a secret of the receiver"
FLOW_WITH_HOOK = (
    FLOW.replace(
        "welcome: hello",
        'hooks:\n  crm: {events: [consent, "emit:swap", hand_over, "complete:product"]}\nwelcome: hello',
    )
    .replace(
        "  sorry: {parts",
        "  swap: {parts: [{emit: swap, data: {day: friday}}, {complete: product, item: mug}, {hand_over: Shifts}, "
        "{text: Done.}]}\n  sorry: {parts",
    )
    .replace("  - {is: ask,", "  - {is: swap, message: swap}\n  - {is: ask,")
)


class Receiver:
    """Another system: checks each signature as docs/webhooks.md says, and answers as it is told."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.statuses: list[int] = []
        self.url = ""

    async def post(self, request: web.Request) -> web.Response:
        body = await request.read()
        stamp, _, digest = request.headers["Assent-Signature"].partition(",v1=")
        signed = stamp.removeprefix("t=").encode() + b"." + body
        assert hmac.compare_digest(digest, hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest())
        self.keys.append(request.headers["Idempotency-Key"])
        status = self.statuses.pop(0) if self.statuses else 204
        if status < 300:
            self.heard.append(json.loads(body))
        return web.Response(status=status, headers={"Location": "http://127.0.0.1:1/"} if status == 302 else {})

    def told(self) -> list[tuple[str, object]]:
        return [(each["event"], each.get("after")) for each in self.heard]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    one = Receiver()
    app = web.Application()
    app.router.add_post("/", one.post)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield one
    await runner.cleanup()


class House:
    """A bot with a hook, and what sends to it."""

    def __init__(self, scene: Scene, outgoing: Outgoing, hook: Hook) -> None:
        self.scene = scene
        self.feed = HookFeed(scene.store, scene.revisions, scene.clock, bots=lambda: ["demo"])
        told = Hooks(scene.store, {"crm": hook}, outgoing, scene.clock)
        self.worker = EffectWorker(
            scene.store, scene.worker.handle, {Notify: told, NotifyConsent: told},
            clock=scene.clock, chance=lambda: 0.0, metrics=scene.metrics,
        )  # fmt: skip

    async def send(self) -> None:
        """Follow the ledger, and send all that is due."""
        while await self.feed.follow("demo"):
            pass
        while await self.worker.do_due():
            pass


@pytest.fixture
async def outgoing() -> AsyncIterator[Outgoing]:
    one = Outgoing()
    yield one
    await one.close()


@pytest.fixture
async def house(scene: Scene, outgoing: Outgoing, receiver: Receiver) -> House:
    await scene.push(FLOW_WITH_HOOK)
    one = House(scene, outgoing, Hook(receiver.url, Secret(SECRET), private="on"))
    await one.send()
    return one


async def contact_of(scene: Scene) -> str:
    return (await scene.journal())[0].contact


async def by_staff(scene: Scene, subject: str, after: Membership, before: Membership = Membership.NONE) -> None:
    change = ConsentChange(await contact_of(scene), subject, before, after, scene.clock(), SourceKind.CLI, "staff")
    await scene.store.change_consent("demo", change)


async def test_a_press_an_act_of_staff_and_a_stop_are_heard_in_order(house: House, receiver: Receiver) -> None:
    scene = house.scene
    await scene.says("hello")
    await scene.presses(payload("yes", revision=2, flow=FLOW_WITH_HOOK))
    await by_staff(scene, "news", Membership.ADDED)
    await scene.says("stop")
    await house.send()
    contact = await contact_of(scene)
    facts = [(each["subject"], each["before"], each["after"], each["source"]) for each in receiver.heard]
    rows = await scene.store.ledger("demo")
    assert facts == [(r.change.subject, r.change.before, r.change.after, r.change.source) for r in rows]
    assert [each["sequence"] for each in receiver.heard] == [row.sequence for row in rows]
    assert {each["contact"] for each in receiver.heard} == {contact}
    last = rows[-1].sequence
    assert {each["as_of"] for each in receiver.heard} == {last}
    first = receiver.heard[0]
    assert (first["after"], first["memberships"]["tips"]) == ("opted_in", "opted_out"), "an old in beats no newer out"
    assert first["memberships"][ALL] == "opted_out"


async def test_what_a_flow_does_is_heard(house: House, receiver: Receiver) -> None:
    await house.scene.says("swap")
    await house.send()
    assert [(each["event"], each["data"]) for each in receiver.heard] == [
        ("emit:swap", {"day": "friday"}),
        ("complete:product", {"item": "mug"}),
        ("hand_over", {"note": "Shifts"}),
    ]


async def test_a_receiver_that_fails_gets_it_later_and_later_in_order_under_the_same_key(
    house: House, receiver: Receiver
) -> None:
    scene = house.scene
    await scene.says("hello")
    receiver.statuses = [503, 302]
    await by_staff(scene, "news", Membership.ADDED)
    await by_staff(scene, "news", Membership.NONE, Membership.ADDED)
    await house.send()
    assert receiver.heard == []
    for _ in range(2):
        scene.clock.now += timedelta(seconds=10)
        await house.send()
    assert receiver.told() == [("consent", "added"), ("consent", "none")]
    assert len(set(receiver.keys[:3])) == 1
    assert len(set(receiver.keys)) == 2


async def test_what_is_refused_is_kept_for_staff_and_sent_again(house: House, receiver: Receiver) -> None:
    scene = house.scene
    await scene.says("hello")
    receiver.statuses = [422]
    await by_staff(scene, "news", Membership.ADDED)
    await house.send()
    (dead,) = await scene.store.dead_work("demo")
    assert (dead.reason, dead.state) == ("answered 422", WorkState.DEAD)
    assert await scene.store.work_again("demo", dead.id, scene.clock())
    await house.send()
    assert receiver.told() == [("consent", "added")]


async def test_an_erased_person_is_told_and_nothing_of_theirs_is(house: House, receiver: Receiver) -> None:
    scene = house.scene
    await scene.says("swap")
    contact = await contact_of(scene)
    await scene.store.erase_contact("demo", contact, actor="dpo", at=scene.clock())
    await house.send()
    assert [(each["event"], each["contact"]) for each in receiver.heard] == [("erased", contact)]


async def test_a_hook_hears_of_nothing_that_was_before_it(scene: Scene, outgoing: Outgoing, receiver: Receiver) -> None:
    await scene.push()
    await scene.says("hello")
    await by_staff(scene, "news", Membership.ADDED)
    await scene.push(FLOW_WITH_HOOK)
    house = House(scene, outgoing, Hook(receiver.url, Secret(SECRET), private="on"))
    await house.send()
    await by_staff(scene, "news", Membership.NONE, Membership.ADDED)
    await house.send()
    assert receiver.told() == [("consent", "none")]


async def test_two_servers_tell_it_under_one_key(house: House, receiver: Receiver, outgoing: Outgoing) -> None:
    scene = house.scene
    other = House(scene, outgoing, Hook(receiver.url, Secret(SECRET), private="on"))
    await scene.says("hello")
    await by_staff(scene, "news", Membership.ADDED)
    await asyncio.gather(house.send(), other.send())
    assert len(set(receiver.keys)) == 1


async def test_no_hook_leads_into_the_network_unless_its_settings_say_so(
    house: House, receiver: Receiver, outgoing: Outgoing
) -> None:
    scene = house.scene
    for url in (receiver.url, receiver.url.replace("127.0.0.1", "localhost")):
        closed = House(scene, outgoing, Hook(url, Secret(SECRET)))
        await scene.says("swap")
        await scene.says("bot")
        await closed.send()
    assert receiver.keys == []
    waiting = await scene.store.take_work(scene.clock() + timedelta(hours=1), scene.clock(), limit=1)
    assert "private" in waiting[0].reason


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.1", "::1", "fe80::1%eth0", "::ffff:10.0.0.1",
     "64:ff9b::a00:1", "2002:a00:1::", "0.0.0.0", "224.0.0.1", "100.64.0.1", "fd00::1"],
)  # fmt: skip
def test_addresses_of_the_network_are_known(address: str) -> None:
    assert not is_public(address)


def test_addresses_of_the_internet_are_known() -> None:
    assert all(map(is_public, ("93.184.215.14", "2606:2800:220:1::1", "::ffff:93.184.215.14")))
