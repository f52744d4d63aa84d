"""Golden conversations, played and recorded."""

from typing import Any

from flows.compile import RevisionSource
from messages.contact import Contact
from replay.golden import told
from tests.flows.engine.conversation import Conversation, revision_of
from tests.flows.engine.test_golden import begin, flow_text, play


def played(golden: dict[str, Any]) -> tuple[Conversation, list[dict[str, Any]]]:
    """Play a golden conversation; return what came of each of its turns."""
    conversation = begin(golden)
    turns: list[dict[str, Any]] = []
    for step in golden["turns"]:
        if "pushed" in step:
            conversation.push(flow_text(step["pushed"]))
            turns.append(step)
            continue
        contact: Contact = conversation.contact
        turn = play(conversation, step["person"])
        turns.append({"person": step["person"], "then": told(turn, contact, conversation.now)})
    return conversation, turns


def sources_of(golden: dict[str, Any]) -> dict[int, RevisionSource]:
    texts = [flow_text(golden["flow"]), *(flow_text(step["pushed"]) for step in golden["turns"] if "pushed" in step)]
    return {number: RevisionSource(number, revision_of(text).digest, text) for number, text in enumerate(texts, 1)}
