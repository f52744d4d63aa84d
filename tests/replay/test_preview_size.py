"""How much a preview holds: nothing of a turn once it is lived; and how it is interrupted."""

import gc
import multiprocessing
import signal
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta

from messages.inbound import ConversationStarted, TextReceived
from replay.preview import PersonPreview, Preview
from replay.preview_pool import submit
from tests.flows.engine.conversation import Conversation, revision_of
from tests.replay import flows


def held(turns: int) -> int:
    """How many objects a person's preview holds after so many turns, the flow's own left out."""
    conversation = Conversation(revision_of(flows.FLOW))
    conversation.take(ConversationStarted())
    for number in range(turns):
        if number % 10 == 3:
            conversation.press("Yes please" if number % 20 == 3 else "No thanks")
        else:
            conversation.take(TextReceived(f"what? {number}"))
        if number % 10 == 5:
            conversation.take(ConversationStarted())
    candidate = revision_of(flows.without_button(), 2)
    preview = Preview(candidate, conversation.revisions, conversation.now + timedelta(days=1))
    person = PersonPreview(preview)
    for entry in conversation.entries:
        person.take(entry)
    del conversation
    return _reachable(person, preview)


def _reachable(root: object, *but: object) -> int:
    seen = {id(each) for each in (*but, type(root))}
    waiting: list[object] = [root]
    count = 0
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type):
            continue
        seen.add(id(one))
        count += 1
        waiting += gc.get_referents(one)
    return count


def test_a_person_takes_no_more_room_for_more_turns() -> None:
    few, many = held(60), held(600)
    assert many < few * 1.2


def _blocked(_: None) -> bool:
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_processes_do_not_hear_of_an_interruption() -> None:
    """Ctrl-C reaches all processes of a terminal; the command alone answers it."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        assert submit(executor, _blocked, None).result(timeout=60)
    assert not _blocked(None)
