"""Conversations as files: what is written for others, and what others wrote."""

import json
import os
import sqlite3
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from botbuilder.schema import Activity

from messages.effects import OutgoingText
from messages.inbound import Attachment, ButtonPressed, ConversationStarted, ReactionChanged, TextReceived
from replay.transcript_reading import read_transcript
from tests.adapters.teams.activities import FIXTURES
from tests.cli.running import MAY_UNMASK, Run
from tests.cli.talking import Talk
from tests.replay.playing import played

EXPORT = ("conversation", "export", "teams:a:ana", "--format", "transcript")

OTHERS = """\
[
  {"type": "conversationUpdate", "membersAdded": [{"id": "b", "name": "Bot"}], "from": {"id": "u", "role": "user"}},
  {"type": "trace", "label": "what it thought", "from": {"id": "b", "role": "bot"}},
  {"type": "typing", "from": {"id": "b"}},
  {
    "type": "message",
    "from": {"id": "b"},
    "text": "Which\\u001b[2J?",
    "attachments": [{
      "contentType": "application/vnd.microsoft.card.hero",
      "content": {"title": "One", "text": "the first", "buttons": [{"type": "imBack", "title": "Take it"}]}
    }],
    "suggestedActions": {"actions": [{"type": "imBack", "title": "None"}]}
  },
  {"type": "message", "from": {"id": "u"}, "text": "None", "timestamp": "2021-11-26T13:43:14.932Z"},
  {"type": "message", "from": {"id": "u"}, "attachments": [{"contentType": "image/png", "name": "me.png"}]},
  {"type": "endOfConversation", "from": {"id": "b"}, "code": "completedSuccessfully"}
]
"""


async def talked(folder: Path) -> None:
    async with Talk(folder) as talk:
        rows = await talk.act(ConversationStarted())
        part = rows[0].message.parts[0]
        assert isinstance(part, OutgoingText)
        await talk.act(ButtonPressed(payload=part.buttons[0].payload, label="Yes please"))
        await talk.act(TextReceived("my dog is ill"))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_a_transcript_is_what_the_bot_framework_reads(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    done = assent(*EXPORT, "--unmask", "--out", "ana.transcript", variables=MAY_UNMASK)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "ana.transcript").stat().st_mode & 0o777 == 0o600
    activities = json.loads((tmp_path / "ana.transcript").read_text())
    assert [(each["type"], each["from"]["role"]) for each in activities] == [
        ("conversationUpdate", "user"),
        ("message", "bot"),
        ("message", "user"),
        ("message", "bot"),
        ("message", "user"),
        ("message", "bot"),
    ]
    for activity in activities:
        back = Activity().deserialize(activity).serialize()
        assert datetime.fromisoformat(back.pop("timestamp")) == datetime.fromisoformat(activity.pop("timestamp"))
        assert back == activity
    (row,) = json.loads(assent("audit", "list", "--json").stdout)
    assert (row["action"], row["target"]) == ("export unmasked", "teams:a:ana")
    shown = assent("conversation", "view", "ana.transcript").stdout
    for words in ("Yes please", "my dog is ill", "You are in Tips", ") Age   "):
        assert words in shown


async def test_a_transcript_is_masked_by_default(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    written = assent(*EXPORT).stdout
    assert len(json.loads(written)) == 6
    assert "You are in Tips" in written
    assert [told for told in ("Ana", "29:ana", "dog") if told in written] == []
    refused = assent(*EXPORT, "--unmask", "--out", "ana.transcript")
    assert refused.returncode == 1
    assert not (tmp_path / "ana.transcript").exists()


async def test_a_turn_that_a_transcript_can_not_have_is_named(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    with sqlite3.connect(tmp_path / "assent.db") as connection:
        connection.execute("UPDATE journal SET record = CAST(substr(record, 1, 60) AS BLOB) WHERE number = 2")
    done = assent(*EXPORT)
    assert done.returncode == 0
    assert len(json.loads(done.stdout)) == 4
    assert "! row 2 of the journal is left out: " in done.stderr


async def test_a_file_that_can_not_be_written_leaves_nothing_behind(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    before = names(tmp_path)
    for out in ("nowhere/ana.transcript", "assent.db/ana.transcript"):
        refused = assent(*EXPORT, "--out", out)
        assert refused.returncode == 1
        assert f"{out}: it can't be written" in refused.stderr
    assert names(tmp_path) == before


async def test_a_pipe_is_written_to_and_not_replaced(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with os.fdopen(os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK), "rb") as reading:
        assert assent(*EXPORT, "--out", "pipe").returncode == 0
        assert len(json.loads(reading.read())) == 6
    assert (tmp_path / "pipe").is_fifo()


def test_what_others_wrote_is_drawn(assent: Run, tmp_path: Path) -> None:
    (tmp_path / "others.transcript").write_text(OTHERS)
    drawn = assent("conversation", "view", "others.transcript")
    assert drawn.returncode == 0, drawn.stderr
    lines = [line.strip() for line in drawn.stdout.splitlines()]
    assert "(conversationUpdate: joined: Bot)" in lines
    assert "Which\ufffd[2J?" in lines
    assert any("One" in line for line in lines)
    assert "(2) None" in lines
    assert "2021-11-26 13:43:14  None" in lines
    assert any("me.png" in line for line in lines)
    assert "(endOfConversation: completedSuccessfully)" in lines
    assert "what it thought" not in drawn.stdout
    assert "typing" not in drawn.stdout
    traced = assent("conversation", "view", "others.transcript", "--trace").stdout
    assert "(trace: what it thought)" in traced


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b'[\n{"type": "message",]', "others.transcript: line 2, column 20: "),
        (b"[1]", "others.transcript: element 1: "),
        (b"{}", "others.transcript: it is not a transcript"),
        (b"\xff", "others.transcript: byte 1: "),
    ],
)
def test_what_is_no_transcript_is_refused_with_its_place(
    assent: Run, tmp_path: Path, content: bytes, place: str
) -> None:
    (tmp_path / "others.transcript").write_bytes(content)
    refused = assent("conversation", "view", "others.transcript")
    assert refused.returncode == 1
    assert place in refused.stderr


def test_what_has_no_end_is_refused(assent: Run) -> None:
    refused = assent("conversation", "view", "/dev/zero")
    assert refused.returncode == 1
    assert "/dev/zero: it is larger than 64,000,000 bytes" in refused.stderr


def test_third_party_transcripts_are_drawn(assent: Run) -> None:
    files = sorted(FIXTURES.glob("*/*.transcript"))
    if not files:
        pytest.skip("the third-party transcripts are not beside the project")
    for file in files:
        drawn = assent("conversation", "view", str(file.resolve()), "--trace")
        assert drawn.returncode == 0, drawn.stderr
        assert "\x1b" not in drawn.stdout
        for line in read_transcript(file.read_bytes(), file.name).lines:
            words = line.text.split()
            assert not words or words[0] in drawn.stdout


async def test_what_a_server_recorded_is_a_test_that_passes_until_the_flow_changes(assent: Run, tmp_path: Path) -> None:
    async with Talk(tmp_path) as talk:
        rows = await talk.act(ConversationStarted())
        part = rows[0].message.parts[0]
        assert isinstance(part, OutgoingText)
        yes, no, _ = part.buttons
        await talk.act(ButtonPressed(payload=yes.payload, label="Yes please"))
        await talk.act(TextReceived("age"))
        await talk.act(TextReceived("many"))
        await talk.act(TextReceived("41"))
        await talk.act(TextReceived("my\ndog: is ill 🐕", (Attachment("image", "https://x/1.png"),)))
        await talk.act(ButtonPressed(payload="a1:forged"))
        await talk.act(ReactionChanged(added=("like",)))
        await talk.act(ButtonPressed(payload=no.payload, label="No more", wants_answer=True))
        await talk.act(TextReceived("START"))
    done = assent(*EXPORT[:3], "--unmask", "--out", "bug.assent", variables=MAY_UNMASK)
    assert done.returncode == 0, done.stderr
    written = assent("replay", "bug.assent", "--as-test")
    assert written.returncode == 0, written.stderr
    golden = yaml.safe_load(written.stdout)
    assert played(golden)[1] == golden["turns"]
    assert len(golden["turns"]) == 10
    golden["flow"] = golden["flow"].replace("You are out of Tips.", "Gone.")
    assert played(golden)[1] != golden["turns"]


async def test_a_recording_is_signed_by_the_checkpoint_s_key_once_there_is_one(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    export = ("conversation", "export", "teams:a:ana", "--unmask", "--out")
    assert assent(*export, "before.assent", variables=MAY_UNMASK).stderr.startswith("unsigned: there is no key yet")
    assert "before.assent is unsigned" in assent("replay", "before.assent").stderr
    made = assent("ledger", "checkpoint", "--out", "head.json")
    key = made.stderr.split()[-1]
    assert assent(*export, "after.assent", variables=MAY_UNMASK).stderr == f"signed by key {key}\n"
    assert f"after.assent is signed by key {key}, which is trusted" in assent("replay", "after.assent").stderr
    for command in (("replay",), ("replay", "--as-test"), ("conversation", "view")):
        assert assent(*command, "after.assent", "--key", key).returncode == 0
        refused = assent(*command, "before.assent", "--key", key)
        assert refused.returncode != 0
        assert f"it is signed by nobody, not by {key}" in refused.stderr
