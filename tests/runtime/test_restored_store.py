"""A back-up of revision 2 is restored, and another revision 3 pushed: what was sent before keeps its meaning.

On each store; by servers that went on running, and by ones that were started again.
"""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.engine.turn import conversation_key
from messages.effects import OutgoingText, Send
from messages.inbound import ConversationReference
from runtime.metrics import Metrics
from runtime.revisions import LiveRevisions
from segment_buttons.payload import BY_DIGEST, BY_NUMBER, form_of
from storage import port
from storage.continuity import RaisingRefused
from storage.port import Store
from storage.stores import open_store
from tests.runtime.harness import FLOW
from tests.runtime.scene import Scene
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import _server, empty_database

DATABASE = 4
SECOND = FLOW.replace("I did not understand.", "Pardon?")
THIRD = SECOND.replace("One short tip every Monday?", "Tips on Tuesdays?")
_TURNED = THIRD.replace("opt_in: tips", "opt_XX: tips").replace("opt_out: tips", "opt_in: tips")
ANOTHER_THIRD = _TURNED.replace("opt_XX", "opt_out").replace("Yes please", "Leave").replace("No thanks", "Join")
"""The same ids, each with the other meaning."""


@dataclass
class Place:
    """Where a store is; `back_up` and `restore` do what an operator does while nobody serves."""

    url: str
    back_up: Callable[[], Awaitable[None]]
    restore: Callable[[], Awaitable[None]]


def sqlite(folder: Path) -> Place:
    async def back_up() -> None:
        shutil.copy(folder / "assent.db", folder / "backup.db")

    async def restore() -> None:
        for name in ("assent.db-wal", "assent.db-shm"):
            (folder / name).unlink(missing_ok=True)
        shutil.copy(folder / "backup.db", folder / "assent.db")

    return Place(f"sqlite:///{folder / 'assent.db'}", back_up, restore)


def redis(_: Path) -> Place:
    kept: dict[bytes, bytes] = {}

    async def back_up() -> None:
        with _server().client(DATABASE) as client:
            kept.update({key: client.dump(key) for key in client.scan_iter()})

    async def restore() -> None:
        with _server().client(DATABASE) as client:
            client.flushdb()
            for key, value in kept.items():
                client.restore(key, 0, value)

    return Place(empty_database(DATABASE), back_up, restore)


@pytest.fixture(params=[pytest.param(sqlite, id="sqlite"), pytest.param(redis, id="redis", marks=needs_redis)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    made = request.param(tmp_path)
    assert isinstance(made, Place)
    return made


@pytest.fixture(params=[BY_NUMBER, BY_DIGEST], ids=["a1", "a2"])
def form(request: pytest.FixtureRequest) -> int:
    return int(request.param)


async def opened(place: Place) -> Store:
    store = open_store(place.url)
    await store.open()
    return store


class Held:
    """A store on which an older server is alive, as far as it tells."""

    def __init__(self, store: Store, form: int) -> None:
        self._store = store
        self.forms = port.FORMS if form == BY_DIGEST else port.FIRST

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


@pytest.fixture(params=[True, False], ids=["started again", "went on running"])
async def scene(request: pytest.FixtureRequest, place: Place, form: int) -> AsyncIterator[tuple[Scene, dict[str, str]]]:
    """A server on the restored store, and the payloads that revision 3 had sent."""
    store = await opened(place)
    scene = Scene(Held(store, form))  # type: ignore[arg-type]  # it looks like a store
    await scene.push(FLOW)
    await scene.push(SECOND)
    await scene.says("what?", "bob")
    await store.close()
    await place.back_up()
    store = await opened(place)
    scene = Scene(Held(store, form))  # type: ignore[arg-type]
    scene._events = 50
    await scene.push(THIRD)
    await scene.says("hello")
    payloads = shown(await scene.journal())
    assert {form_of(payload) for payload in payloads.values()} == {form}
    await store.close()
    await place.restore()
    store = await opened(place)
    restored = Scene(Held(store, form), None if request.param else scene.revisions)  # type: ignore[arg-type]
    restored._events = 100
    restored.revisions._store = store
    await restored.push(ANOTHER_THIRD)
    await LiveRevisions(store, restored.revisions, Metrics(), bots=["demo"], appeared=lambda _: None).look()
    yield restored, payloads
    await store.close()


def shown(journal: object) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in journal:  # type: ignore[attr-defined]
        for effect in entry.outcome.effects:
            if isinstance(effect, Send):
                for part in effect.message.parts:
                    if isinstance(part, OutgoingText):
                        found |= {button.label: button.payload for button in part.buttons}
    return found


async def rows(scene: Scene) -> list[tuple[str, str, str]]:
    key = conversation_key(ConversationReference(channel="teams", conversation="a:ana", user="ana"))
    conversation = await scene.store.conversation("demo", key)
    contact = conversation.contact.id if conversation is not None else "nobody"
    found = await scene.store.ledger("demo", contact=contact)
    return [(row.change.subject, str(row.change.after), row.change.text) for row in found]


async def test_an_old_leave_leaves_or_does_nothing(scene: tuple[Scene, dict[str, str]], form: int) -> None:
    server, payloads = scene
    await server.presses(payloads["No thanks"])
    expected = [("tips", "opted_out", "")] if form == BY_DIGEST else []
    assert await rows(server) == expected


async def test_an_old_yes_does_not_opt_in(scene: tuple[Scene, dict[str, str]], form: int) -> None:
    server, payloads = scene
    try:
        await server.presses(payloads["Yes please"])
    except RaisingRefused:
        pytest.fail("a press that is refused writes nothing that raises consent")
    assert all(after != "opted_in" for _, after, _ in await rows(server))
    if form == BY_DIGEST:
        assert server.said[0].startswith("This button is from an older message")
        assert server.counted("assent_presses_refused_total", reason="unknown revision") == 1
