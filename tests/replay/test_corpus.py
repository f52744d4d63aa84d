"""Recordings of every release so far replay on this one."""

from pathlib import Path

import pytest

from flows.compile import CompiledRevisions
from messages.codec import RecordDecoder
from replay.archive import read_archive
from replay.rerun import Checked, Diverged, Rerun, differences
from storage.records import JournalEntry
from tests.replay.make_corpus import ALTERED, CORPUS

RECORDED = sorted(path for path in CORPUS.glob("*/*.assent") if path.stem != ALTERED)
MUST_DIVERGE = sorted(CORPUS.glob(f"*/{ALTERED}.assent"))
decode = RecordDecoder[JournalEntry](JournalEntry)


def checked(path: Path) -> list[Checked]:
    kept = read_archive(path.read_bytes(), path.name).archive
    rerun = Rerun(CompiledRevisions(kept.bot, kept.sources()))
    return [rerun.check(turn) for turn in kept.recorded(path.name)]


def called(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


@pytest.mark.parametrize("path", RECORDED, ids=called)
def test_it_comes_out_the_same(path: Path) -> None:
    found = checked(path)
    assert found
    assert set(found) == {None}


@pytest.mark.parametrize("path", MUST_DIVERGE, ids=called)
def test_what_was_altered_comes_out_otherwise(path: Path) -> None:
    (diverged, *_) = [found for found in checked(path) if found is not None]
    assert isinstance(diverged, Diverged)
    first = differences(diverged.entry.outcome, diverged.now)[0]
    assert (first.recorded, first.now) == ("You are in: Two tips a week", "You are in: One tip a week.")


def test_there_are_recordings() -> None:
    releases = {path.parent for path in RECORDED}
    assert releases
    assert releases == {path.parent for path in MUST_DIVERGE}
    assert len(RECORDED) >= 60 * len(releases)
