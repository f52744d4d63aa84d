"""Replay in another process, in another part of the world. Questions come pickled on stdin, answers go to stdout."""

import locale
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from flows.compile import CompiledRevisions, RevisionSource
from messages.codec import encode
from replay.recorded import Unreadable, read_turn
from replay.rerun import Rerun
from storage.records import RecordedTurn

_ROOT = Path(__file__).parents[2]


class Surroundings(NamedTuple):
    """What differs from place to place, and must not matter."""

    hashed: int
    hours_from_utc: float
    encoding: str

    @classmethod
    def here(cls) -> Self:
        return cls(hash("assent"), -time.timezone / 3600, locale.getpreferredencoding(do_setlocale=False).lower())


class Elsewhere:
    """A Python process of its own, with some variables of its environment set."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.replay.elsewhere"],
            cwd=_ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.surroundings = Surroundings(*self._read())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def outcomes(self, sources: Mapping[int, RevisionSource], turns: Sequence[RecordedTurn]) -> list[bytes]:
        """Return the turns run again there, as records; the revisions are compiled there from their texts."""
        assert self._process.stdin is not None
        pickle.dump((sources, turns), self._process.stdin)
        self._process.stdin.flush()
        found: list[bytes] = self._read()
        return found

    def _read(self) -> Any:  # what was pickled
        assert self._process.stdout is not None
        return pickle.load(self._process.stdout)


def _run(turn: RecordedTurn, rerun: Rerun) -> bytes:
    entry = read_turn(turn)
    if isinstance(entry, Unreadable):
        raise TypeError(entry.problem)
    return encode(rerun.run(entry))


def main() -> None:
    """Answer until nothing more comes."""
    answers = sys.stdout.buffer
    pickle.dump(tuple(Surroundings.here()), answers)
    answers.flush()
    while sys.stdin.buffer.peek(1):
        sources, turns = pickle.load(sys.stdin.buffer)
        rerun = Rerun(CompiledRevisions("care", sources))
        pickle.dump([_run(turn, rerun) for turn in turns], answers)
        answers.flush()


if __name__ == "__main__":
    main()
