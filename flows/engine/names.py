"""What placeholders name, looked up when a text asks for it."""

from flows.model.base import text_for
from flows.model.bot import Segment
from flows.revision import Revision
from flows.template import Context, Names, TemplateFault, render, render_rest
from messages.contact import Contact
from messages.contact_details import known_of


def context_of(contact: Contact, revision: Revision, language: str) -> Context:
    """Return what the texts of `revision` can name, said to `contact` in `language`."""
    person: dict[str, Names] = {
        "contact": Names(lambda name: known_of(contact, name, language)),
        "field": Names(contact.fields.get),
    }

    def words(text: str) -> str:
        # The bot's own names may greet the person, but they don't name each other: that could go round for ever.
        nothing = Names(lambda _: None)
        context = {**person, "segment": nothing, "bot": nothing}
        try:
            return render(text, context)
        except TemplateFault:
            return render_rest(text, context)

    def segment(name: str) -> Names | None:
        found = revision.segments.get(name)
        return None if found is None else Names(lambda key: _segment(found, key))

    def _segment(found: Segment, key: str) -> str | None:
        if key == "name":
            return words(text_for(found.name, language, revision.fallback))
        if key == "purpose" and found.purpose is not None:
            return words(text_for(found.purpose, language, revision.fallback))
        return None

    def bot(name: str) -> str | None:
        return words(text_for(revision.bot.name, language, revision.fallback)) if name == "name" else None

    return {**person, "segment": Names(segment), "bot": Names(bot)}
