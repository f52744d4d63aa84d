"""Ways in: a person comes by a link or a QR code, or types the words that the link put into the message box.

A way in answers with a message. It opts nobody in, ends no question that is open and no hand-over, and is an act of the
person like any other: each time is answered.
"""

from msgspec.structs import replace

from flows.engine import trace
from flows.engine.parts import start_message
from flows.engine.work import Work
from flows.model.bot import Link


def came_by_link(work: Work, name: str) -> bool:
    """Answer somebody who came by the link of that name; tell whether the flow has it."""
    link = work.snapshot.live.bot.links.get(name)
    if link is None:
        work.note(trace.MISSING_LINK, name[:64], notice=True)
        return False
    _follow(work, name, link)
    return True


def link_words(work: Work, normalised: str) -> bool:
    """Answer somebody who sends the words of a link; tell whether they are such."""
    name = work.snapshot.live.links.get(normalised)
    if name is None:
        return False
    _follow(work, name, work.snapshot.live.bot.links[name])
    return True


def _follow(work: Work, name: str, link: Link) -> None:
    live = work.snapshot.live
    work.note(trace.LINK, name, message=link.message, revision=live.number)
    if link.tag is not None and link.tag not in work.contact.tags:
        work.contact = replace(work.contact, tags=work.contact.tags | {link.tag})
        work.note(trace.TAG, link.tag)
    if work.handed_over:
        work.note(trace.SILENT)
        return
    if work.run is not None and work.run.asked:
        work.keeps_question = True
    else:
        work.cancel_run()
    start_message(work, live, link.message)
