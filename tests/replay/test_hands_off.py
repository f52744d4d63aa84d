"""Replay sends nothing and writes nothing: it works where sockets, databases and files to be written are refused."""

import subprocess
import sys
from pathlib import Path

from messages.codec import encode
from messages.inbound import ConversationStarted, TextReceived
from tests.flows.engine.conversation import Conversation, revision_of
from tests.replay import flows

REFUSES = """
import sys
from messages.codec import RecordDecoder
from replay.preview_pool import Material, _prepare, check_chunk, preview_pieces
from replay.preview_pool import Piece
from flows.compile import RevisionSource
from storage.records import RecordedTurn
from datetime import UTC, datetime

records = RecordDecoder(list[tuple[str, str, int, bytes]])(sys.stdin.buffer.read())
turns = [RecordedTurn(*record) for record in records]
text, other = sys.argv[1], sys.argv[2]
source = RevisionSource(1, sys.argv[3], text)

def refuse(event, arguments):
    writes = event == "open" and set(str(arguments[1])) & set("wax+")
    if writes or event.startswith(("socket.", "sqlite3.", "subprocess.", "os.remove", "os.rename", "os.mkdir")):
        raise RuntimeError(f"{event} {arguments}")

sys.addaudithook(refuse)
_prepare(Material("small", {1: source}, RevisionSource(2, "", other), datetime(2026, 11, 24, tzinfo=UTC)))
checked = check_chunk(turns)
(person,) = preview_pieces([Piece(1, turns, is_last=True)])
print(checked.turns, len(checked.found), len(person.previewed.groups))
"""


def test_it_needs_neither_network_nor_store(tmp_path: Path) -> None:
    conversation = Conversation(revision_of(flows.FLOW))
    conversation.take(ConversationStarted())
    conversation.press("Yes please")
    conversation.take(TextReceived("what?"))
    records = encode([tuple(turn) for turn in conversation.recorded()])
    ran = subprocess.run(
        [sys.executable, "-B", "-c", REFUSES, flows.FLOW, flows.other_words(), conversation.live.digest],
        input=records,
        capture_output=True,
        check=False,
        cwd=Path(__file__).parents[2],
        env={"TMPDIR": str(tmp_path)},
    )
    assert ran.returncode == 0, ran.stderr.decode()
    assert ran.stdout.decode().split() == ["3", "0", "1"]
