"""A recording by rules that are no longer kept is told as that, not as one that came out differently."""

from pathlib import Path

from replay.archive import read_archive
from replay.rerun import CantRun, Rerun
from replay.revisions import CompiledRevisions

RECORDING = Path(__file__).parent / "earlier" / "rules-1.assent"


def test_each_turn_names_its_rules() -> None:
    kept = read_archive(RECORDING.read_bytes(), RECORDING.name).archive
    rerun = Rerun(CompiledRevisions(kept.bot, kept.sources()))
    found = [rerun.check(turn) for turn in kept.recorded(RECORDING.name)]
    assert found
    for checked in found:
        assert isinstance(checked, CantRun)
        assert checked.problem == "it was taken by rules 1; this version knows 2"
