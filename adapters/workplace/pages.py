"""Which page an event came to, and whether it is one of the bot's.

A person's id is a page's own (page-scoped), so nothing is known of them without the page. One Meta app has one address
for the webhooks of all its pages: what came to a page of somebody else must make nobody a contact of this bot.
"""

from typing import Final

from adapters.workplace.fields import Json, child, identifier

OTHER: Final = "other_page"


def page_of(event: Json, entry: Json, pages: frozenset[str] | None) -> str | None:
    """Return the page that an event came to, empty where nothing tells; None for a page that is not the bot's.

    `pages`: the bot's own, None for every page. The entry's page goes before the event's `recipient`, and a page that
    can't be read is the bot's if it has only one: no ill-typed field loses what was said.
    """
    named = [page for page in (identifier(entry, "id"), identifier(child(event, "recipient") or {}, "id")) if page]
    if pages is None:
        return named[0] if named else ""
    if not named:
        return next(iter(pages)) if len(pages) == 1 else None
    return named[0] if all(page in pages for page in named) else None
