"""What stands above, below and between what a command lists, where it holds what a channel or a person said."""

import io

import pytest
from msgspec.structs import replace
from rich.console import Console

from cli.output import say_if_more
from cli.transcript import Drawing
from flows.engine.turn import ConversationState
from messages.contact import Contact, Identity
from messages.inbound import ConversationReference, ConversationStarted
from storage.records import ConversationSummary
from tests.flows.engine.conversation import Conversation, revision_of
from tests.replay import flows

REFERENCE = ConversationReference("teams", "a:1", "29:ana")
STATE = ConversationState(key="teams:a:1", reference=REFERENCE)
ANA = Contact(id="c_1", identities=(Identity("teams", "29:ana"),), name="Ana Lima")


def head(*, masked: bool) -> str:
    state = replace(STATE, unreachable="Ana Lima (29:ana) left the tenant")
    drawn = io.StringIO()
    summary = ConversationSummary(bot="b", state=state, contact=ANA, turns=1, pending=0, failed=0)
    Drawing(Console(file=drawn, width=200), masked=masked).head(summary, 1)
    return drawn.getvalue()


def test_why_somebody_is_unreachable_is_masked_too() -> None:
    assert "Ana Lima (29:ana) left the tenant" in head(masked=False)
    assert head(masked=True).splitlines() == [
        "teams:a:1 · contact c_1 ••••",
        "unreachable: •••• (••••) left the tenant",
    ]


def test_how_a_listing_goes_on_can_be_pasted(capsys: pytest.CaptureFixture[str]) -> None:
    say_if_more(1, 1, "teams:19:x|29:ana\x1b[2J")
    assert capsys.readouterr().err == "there may be more: --after 'teams:19:x|29:ana\ufffd[2J'\n"


def test_a_press_is_called_by_what_stood_on_the_button() -> None:
    """Teams does not tell it of every card."""
    conversation = Conversation(revision_of(flows.FLOW))
    conversation.take(ConversationStarted())
    conversation.press("Yes please")
    drawn = io.StringIO()
    drawing = Drawing(Console(file=drawn, width=200))
    for entry in conversation.entries:
        drawing.turn(entry, None)
    assert "2026-11-23 09:00:02  [Yes please]" in drawn.getvalue()
