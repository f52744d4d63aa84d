"""Recordings of this release for the corpus: `python -m tests.replay.make_corpus`.

Run it once when a release is made, and never again for that release: what is in the corpus is what was recorded then.
Each golden conversation is recorded as it is, and one is altered so that it must come out otherwise.
"""

import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import yaml

from replay.archive import Archive, archive_of, write_archive
from tests.flows.engine.test_golden import GOLDEN
from tests.replay.playing import played, sources_of

CORPUS = Path(__file__).parent / "corpus"
ALTERED = "must-come-out-otherwise"
SAID, ALTERED_TO = b"You are in: One tip a week.", b"You are in: Two tips a week"


def recording_of(path: Path) -> Archive:
    """Play a golden conversation; return its recording."""
    golden = yaml.safe_load(path.read_text())
    conversation, _ = played(golden)
    turns = conversation.recorded()
    at = datetime(2026, 11, 23, tzinfo=UTC)
    return archive_of("care", turns[0].conversation, turns, sources_of(golden), made_by="", made_at=at, masked=False)


def altered(recording: Archive) -> Archive:
    """Return a recording in which the bot said something else."""
    turns = [turn._replace(record=turn.record.replace(SAID, ALTERED_TO)) for turn in recording.recorded("")]
    return archive_of(
        recording.bot,
        recording.conversation,
        turns,
        recording.sources(),
        made_by=recording.made_by,
        made_at=recording.made_at,
        masked=False,
    )


def main() -> None:
    """Write the recordings of this release."""
    folder = CORPUS / version("assent")
    if folder.exists():
        sys.exit(f"{folder} was recorded already, and stays as it is")
    folder.mkdir(parents=True)
    for path in GOLDEN:
        (folder / f"{path.stem}.assent").write_bytes(write_archive(recording_of(path)))
    first = altered(recording_of(GOLDEN[0]))
    (folder / f"{ALTERED}.assent").write_bytes(write_archive(first))


if __name__ == "__main__":
    main()
