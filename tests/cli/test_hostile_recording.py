"""A recording comes from anywhere: whatever stands in it, drawing it can't steer the terminal."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec
import pytest

from messages.codec import encode
from messages.effects import (
    OutgoingButton,
    OutgoingCard,
    OutgoingCarousel,
    OutgoingFile,
    OutgoingImage,
    OutgoingMessage,
    OutgoingText,
    Send,
)
from messages.inbound import Attachment, ButtonPressed, ConversationStarted, ReactionChanged, TextReceived, Unhandled
from replay.archive import archive_of, write_archive
from storage.records import JournalEntry, RecordedTurn
from tests.cli.running import Run
from tests.flows.engine.conversation import Conversation, revision_of
from tests.replay import flows

STEER = "\x1b[2J\x9b1m"

LINK = OutgoingButton("page", url="https://x")
EVERYTHING = OutgoingMessage(
    "m",
    (
        OutgoingText("text", (LINK,)),
        OutgoingCarousel((OutgoingCard("title", "subtitle", "https://x/1.png", (LINK,)),)),
        OutgoingImage("https://x/2.png", "alt"),
        OutgoingFile("https://x/3.pdf", "file"),
    ),
    (OutgoingButton("quick", "payload"),),
)


def steering(value: Any) -> Any:
    """The same with something that steers a terminal in every text."""
    if isinstance(value, msgspec.Struct):
        texts = {name: steering(getattr(value, name)) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **texts)
    if isinstance(value, tuple):
        return tuple(steering(each) for each in value)
    if isinstance(value, Mapping):
        return {name: steering(each) for name, each in value.items()}
    return STEER + value if isinstance(value, str) and not isinstance(value, Enum) else value


def entries() -> list[JournalEntry]:
    talk = Conversation(revision_of(flows.FLOW))
    talk.take(ConversationStarted())
    talk.press("Yes please")
    talk.take(TextReceived("look", (Attachment("image", "https://x", "me.png"),)))
    talk.take(ButtonPressed("a1:forged", "Forged"))
    talk.take(ReactionChanged(added=("like",)))
    talk.take(Unhandled("unknown"))
    last = talk.entries[-1]
    outcome = msgspec.structs.replace(last.outcome, effects=(Send(EVERYTHING),))
    return [*talk.entries, msgspec.structs.replace(last, outcome=outcome)]


@pytest.mark.parametrize("masked", [True, False])
def test_a_recording_can_not_steer_the_terminal(assent: Run, tmp_path: Path, masked: bool) -> None:
    records = [encode(steering(entry)) for entry in entries()]
    turns = [RecordedTurn("k", "", 0, record) for record in [*records, b"\xff" + STEER.encode()]]
    made = archive_of(
        f"small{STEER}", f"k{STEER}", turns, {}, made_by=f"mia{STEER}", made_at=datetime.now(UTC), masked=masked
    )
    (tmp_path / "bug.assent").write_bytes(write_archive(made))
    drawn = assent("conversation", "view", "bug.assent", "--trace")
    assert drawn.returncode == 0, drawn.stderr
    assert ("(3) ••••" if masked else "quick") in drawn.stdout  # the steering text is a name of theirs, too
    assert [line for line in drawn.stdout.splitlines() if "\x1b" in line or "\x9b" in line] == []


@pytest.mark.parametrize("command", [("conversation", "view"), ("replay",)])
def test_what_is_said_of_a_file_can_not_either(assent: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    name = f"bug{STEER}.assent"
    (tmp_path / name).write_bytes(f"assent recording {STEER}\n".encode())
    refused = assent(*command, name)
    assert refused.returncode == 1
    assert "its schema is " in refused.stderr
    assert [line for line in refused.stderr.splitlines() if "\x1b" in line or "\x9b" in line] == []
