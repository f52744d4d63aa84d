"""What is live is used as soon as it is ready, and no turn waits for a big one."""

import asyncio

import pytest

from flows.revision import RevisionInfo
from runtime.logs import configure
from runtime.metrics import Metrics
from runtime.revisions import LiveRevisions, RevisionCache
from runtime.turn_limit import Unavailable
from storage.sqlite.store import SqliteStore
from tests.runtime.harness import FLOW, payload
from tests.runtime.scene import Scene

NEXT = FLOW.replace("I did not understand.", "Say that again?")


class SlowToCompile(SqliteStore):
    """A store whose second revision takes its time."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.ready = asyncio.Event()

    async def revision(self, bot: str, number: int) -> tuple[RevisionInfo, str] | None:
        if number == 2:
            await self.ready.wait()
        return await super().revision(bot, number)


async def test_turns_go_on_with_the_revision_before_until_a_big_one_is_ready() -> None:
    store = SlowToCompile.in_memory()
    await store.open()
    scene = Scene(store, RevisionCache(store, max_wait=0.001))
    await scene.push()
    await scene.says("what?")
    await scene.push(NEXT)
    await scene.says("what?")
    store.ready.set()
    assert await scene.revisions.get("demo", 2) is not None
    await scene.says("what?")
    assert scene.said == ["I did not understand.", "I did not understand.", "Say that again?"]
    assert [entry.outcome.revision for entry in await scene.journal()] == [1, 1, 2]
    await store.close()


async def test_a_revision_that_cannot_be_read_leaves_the_one_before_in_use(
    scene: Scene, capfd: pytest.CaptureFixture[str]
) -> None:
    """Made by a newer version of Assent, say."""
    configure("info", "json")
    await scene.says("what?")
    await scene.push("assent: '99'\n")
    for _ in range(3):
        await scene.says("what?")
    assert scene.said == ["I did not understand."] * 4
    assert capfd.readouterr().err.count("a revision can't be used") == 1


async def test_a_bot_without_a_revision_that_can_be_used_asks_for_patience() -> None:
    store = SqliteStore.in_memory()
    await store.open()
    scene = Scene(store)
    with pytest.raises(Unavailable, match="no live revision"):
        await scene.says("hello")
    await scene.push("assent: '99'\n")
    with pytest.raises(Unavailable, match="no live revision"):
        await scene.says("hello")
    await scene.push()
    await scene.says("what?")
    assert scene.said == ["I did not understand."]
    await store.close()


async def test_buttons_of_a_revision_that_cannot_be_read_are_refused(scene: Scene) -> None:
    await scene.push("assent: '99'\n")
    await scene.push()
    await scene.presses(payload("yes", revision=2))
    assert scene.said == [
        "This button is from an older message and can't be used any more. Nothing was changed.",
        "One short tip every Monday?",
    ]
    assert scene.counted("assent_presses_refused_total", reason="unknown revision") == 1


async def test_old_revisions_come_and_go_and_the_live_one_stays(scene: Scene) -> None:
    cache = RevisionCache(scene.store, maximum=2)
    scene = Scene(scene.store, cache)
    for number in range(5):
        await scene.push(FLOW.replace("You are in: Tips", f"You are in: Tips ({number})"))
    await scene.says("what?")
    for revision in (1, 2, 3, 4, 5, 1):
        await scene.presses(payload("yes", revision=revision))
    assert scene.said[1:] == [
        f"You are in: Tips{suffix}. Type STOP to leave." for suffix in ("", " (0)", " (1)", " (2)", " (3)", "")
    ]
    live = await cache.live("demo", 6)
    assert await cache.live("demo", 6) is live


async def test_many_who_wait_for_one_revision_have_it_compiled_once(scene: Scene) -> None:
    found = await asyncio.gather(*(scene.revisions.get("demo", 1) for _ in range(20)))
    assert len({id(revision) for revision in found}) == 1


async def test_pushes_and_new_bots_are_seen(scene: Scene) -> None:
    appeared: list[str] = []
    metrics = Metrics()
    live = LiveRevisions(scene.store, scene.revisions, metrics, bots=["demo", "later"], appeared=appeared.append)
    await live.look()
    assert live.problem == ""
    assert live.without_revision == {"bot later": "no live revision that can be used"}
    await scene.push(NEXT)
    for bot in ("later", "new"):
        source = FLOW.replace("bot: demo", f"bot: {bot}")
        await scene.store.push(bot, source, author="ana", at=scene.clock(), expected_live=0)
    await live.look()
    assert appeared == ["demo", "later", "new"]
    assert live.problem == ""
    assert metrics.registry.get_sample_value("assent_live_revision", {"bot": "demo"}) == 2
    assert metrics.registry.get_sample_value("assent_live_revision", {"bot": "new"}) == 1
