"""What is said to somebody who stopped everything: one confirmation, and no advertising."""

import re
from collections.abc import Iterator

from flows.checks.limits import Limits
from flows.checks.rule import Check, Fault, warning
from flows.checks.texts import by_language
from flows.checks.view import View
from flows.model.buttons import OptInButton, SubscriptionButton, UrlButton
from flows.model.parts import TextPart
from flows.walk import buttons_of, parts_of

ADVERTISES = warning("advertises", "The confirmation of an unsubscribe has a link, an offer or a button that sells.")

_LINK = re.compile(r"https?://|www\.|\b[\w-]+\.(?:com|org|net|io|shop|eu)\b", re.IGNORECASE)
_OFFER = re.compile(
    r"\d\s?%|\b(?:offers?|discounts?|sale|deals?|buy|shop|coupons?|vouchers?|promos?"
    r"|offres?|remises?|soldes|achetez|boutique|angebote?|rabatt|gutscheine?|kaufen"
    r"|ofertas?|descuentos?|compra|tienda|offerta|sconto|descontos?|aanbieding|korting|promocja|rabat|zniżka)\b",
    re.IGNORECASE,
)


def _find(view: View, _limits: Limits) -> Iterator[Fault]:
    confirmation = view.bot.unsubscribe.confirmation
    if confirmation is not None and (smell := _smell(" ".join(words for _, words in by_language(confirmation)))):
        yield ADVERTISES.broken(("unsubscribe", "confirmation"), f"the confirmation has {smell}", _REMEDY)
    replies = {
        button.reply
        for _, _, button, _ in view.buttons
        if isinstance(button, SubscriptionButton) and button.subscription == "out"
    }
    for name in sorted(replies & view.bot.messages.keys()):
        message = view.bot.messages[name]
        for path, _, part in parts_of(name, message):
            if isinstance(part, TextPart) and (smell := _smell(" ".join(words for _, words in by_language(part.text)))):
                yield ADVERTISES.broken((*path, "text"), f"`{name}` confirms an unsubscribe and has {smell}", _REMEDY)
        for path, _, button, _ in buttons_of(name, message):
            if isinstance(button, OptInButton | UrlButton):
                what = "an opt-in button" if isinstance(button, OptInButton) else "a link"
                yield ADVERTISES.broken(path, f"`{name}` confirms an unsubscribe and has {what}", _REMEDY)


_REMEDY = "Say that the messages stop, and how to start them again; nothing else"


def _smell(text: str) -> str:
    if _LINK.search(text):
        return "a link"
    found = _OFFER.search(text)
    return f"an offer (`{found[0]}`)" if found else ""


CHECK = Check((ADVERTISES,), _find)
