"""What is old is forgotten, and nothing that still counts."""

from datetime import timedelta

from runtime.upkeep import Upkeep
from tests.runtime.harness import payload
from tests.runtime.scene import Scene


async def test_ids_of_events_are_kept_as_long_as_a_channel_may_repeat_them(scene: Scene) -> None:
    upkeep = Upkeep(scene.store, scene.clock, keep=timedelta(days=30))
    await scene.says("what?", event_id="the same")
    scene.clock.now += timedelta(days=29)
    await upkeep.once()
    await scene.says("what?", event_id="the same")
    assert len(scene.said) == 1
    scene.clock.now += timedelta(days=2)
    await upkeep.once()
    await scene.says("what?", event_id="the same")
    assert len(scene.said) == 2


async def test_consent_and_its_proof_stay(scene: Scene) -> None:
    await scene.presses(payload("yes"))
    before = await scene.store.ledger("demo")
    scene.clock.now += timedelta(days=4000)
    await Upkeep(scene.store, scene.clock, keep=timedelta(days=30)).once()
    assert await scene.store.ledger("demo") == before
    assert len(await scene.journal()) == 1
    assert (await scene.store.verify_ledger("demo")).differences == ()


async def test_recorded_turns_are_kept_as_long_as_the_settings_say(scene: Scene) -> None:
    keep = timedelta(days=30)
    await scene.presses(payload("yes"))
    before = await scene.store.ledger("demo")
    scene.clock.now += timedelta(days=8)
    await scene.says("what?")
    await Upkeep(scene.store, scene.clock, keep).once()
    assert len(await scene.journal()) == 2
    await Upkeep(scene.store, scene.clock, keep, keep_turns=timedelta(days=7)).once()
    assert len(await scene.journal()) == 1
    await Upkeep(scene.store, scene.clock, keep, keep_bytes=0).once()
    assert await scene.journal() == []
    assert await scene.store.ledger("demo") == before
