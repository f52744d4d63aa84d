"""`assent replay --against`: all conversations on another revision, or one of them step by step."""

from collections.abc import AsyncIterator

from cli.conversation_keys import find_conversation
from cli.output import new_console, print_json
from cli.preview_feed import PersonFeed
from cli.preview_report import draw_step, step_as_json
from cli.replaying import preview_material
from messages.consent import ConsentChange
from messages.contact import Contact
from messages.errors import BadInput
from privacy.masking import FlowTexts
from replay.comparison import Side, Step
from replay.contact_life import Merged
from replay.life import Life
from replay.preview import Examples, Preview
from replay.preview_pool import preview_of
from replay.recorded import Unreadable, read_turn
from storage.port import Store
from storage.records import JournalEntry


async def compare_conversation(
    store: Store, bot: str, conversation: str, against: str, *, masked: bool, as_json: bool
) -> None:
    """Show a conversation beside what it would be on the draft, or on an older revision. Raises BadInput.

    The person's other conversations are lived too: they share consent and fields.
    """
    found = await find_conversation(store, bot, conversation)
    conversation = found.state.key
    material = await preview_material(store, bot, against, None, masked=masked)
    preview = preview_of(material)
    examples = Examples(FlowTexts(preview.simulation.revisions))
    keys = await store.conversations_of(bot, found.contact.id) or [conversation]
    life = Life(preview.simulation)
    console = new_console()
    told: list[object] = []
    steps = differ = doubtful = 0
    async for step, entry in _steps(PersonFeed(store, bot, found.contact.id, keys, None), life, preview):
        if step.conversation not in ("", conversation):
            continue
        steps += 1
        differ += step.differs and step.certain
        doubtful += not step.certain
        sides: tuple[Side | None, Side | None] = (step.recorded, step.draft)
        if masked:
            of_turn = entry if entry is not None and entry.turn == step.turn else None
            sides = examples.masked(step, of_turn, life.taken)
        if as_json:
            told.append(step_as_json(step, *sides))
        else:
            draw_step(console, step, *sides)
    if as_json:
        print_json({"conversation": conversation, "steps": told})
    else:
        console.print(f"{steps:,} steps: {differ:,} differ, {doubtful:,} can't be told from here")


async def _steps(feed: PersonFeed, life: Life, preview: Preview) -> AsyncIterator[tuple[Step, JournalEntry | None]]:
    async for event in feed.events():
        match event:
            case Contact():
                life.now(event)
            case ConsentChange() | Merged():
                for step in life.change(event):
                    yield step, None
            case _:
                entry = read_turn(event)
                if isinstance(entry, Unreadable):
                    raise BadInput(f"{entry.place}: {entry.problem}", place=entry.conversation)
                if entry.erased or entry.erased_in_part:
                    continue
                if (missing := preview.missing(entry)) is not None:
                    raise BadInput(f"{missing.place}: {missing.problem}", place=missing.conversation)
                for step in life.turn(entry):
                    yield step, entry
    for step in life.end():
        yield step, None
