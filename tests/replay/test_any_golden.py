"""For any bot and whatever one person does: its recording becomes a test that passes, or is refused by name."""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import structlog
import yaml
from hypothesis import given
from hypothesis import strategies as st

from messages.errors import BadInput
from messages.inbound import Scope
from replay.golden import as_test, dump
from replay.recorded import read_turns
from storage.stores import open_store
from tests.examples import examples
from tests.replay.life import PEOPLE, Act, Life, Push, acts, sources
from tests.replay.playing import played

Story = tuple[str, Sequence[Act], str, Sequence[Act]]
REFUSED = (
    "there is no turn",
    "changed a membership before it",
    "presses another bot's button",
    "of an earlier message",
    "asks about a time",
    "it is split",
)
"""What a golden conversation can't tell, of what happens in these stories."""

stories = st.tuples(sources(), acts, sources(), acts)


@pytest.fixture(scope="module", autouse=True)
def _silent() -> Iterator[None]:
    """The worker tells of every fault in these bots' flows."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))
    yield
    structlog.reset_defaults()


async def _recorded_as_test(url: str, story: Story, scope: Scope) -> str:
    first, before, second, after = story
    store = open_store(url)
    await store.open()
    try:
        life = Life(store, scope)
        alone = [[Act(PEOPLE[0], act.step, act.copies) for act in some] for some in (before, after)]
        await life.go([Push(first), *alone[0], Push(second), *alone[1]])
        entries, _ = read_turns(await life.recorded())
        return as_test(entries, await life.pushed())
    finally:
        await store.close()


@examples(60)
@given(story=stories, scope=st.sampled_from(Scope))
def test_a_recording_is_a_test_that_passes_or_is_refused(story: Story, scope: Scope) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            written = asyncio.run(_recorded_as_test(f"sqlite:///{Path(folder, 'bot.db')}", story, scope))
        except BadInput as refusal:
            if any(reason in refusal.problem for reason in REFUSED):
                return
            raise
    golden = yaml.safe_load(written)
    assert played(golden)[1] == golden["turns"]


texts = (
    st.text(st.sampled_from("a \n\t\r\x85\u2028\ufeff:#-'\"|>\x00\x1b🐕é%@`{}[]&*!?,=~0\\"), max_size=20) | st.text()
)


@given(texts)
def test_any_text_is_written_so_that_it_is_read_again(text: str) -> None:
    assert yaml.safe_load(dump({text: [text]})) == {text: [text]}
