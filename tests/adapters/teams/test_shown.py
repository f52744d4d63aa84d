"""What a person reads of our activities, by the stand-in's eyes."""

from adapters.teams.render import render
from messages.effects import OutgoingButton, OutgoingCard, OutgoingCarousel, OutgoingMessage, OutgoingPart, OutgoingText
from messages.inbound import ConversationReference
from standin.shown import read_teams

HERE = ConversationReference(channel="teams", conversation="a:ana", user="29:ana", bot="28:bot")
YES = OutgoingButton("Yes & more", payload="a1:yes")
WORDS = "R&D <b>tips</b>:\n\none a week &amp; no more"


def shown(part: OutgoingPart) -> tuple[str, str]:
    """Text beside the cards, and text on them."""
    [activity] = render(OutgoingMessage("m", (part,)), HERE)
    seen = read_teams(activity)
    return seen.text, " | ".join(card.text or card.subtitle for card in seen.cards)


def test_words_are_never_markup() -> None:
    assert shown(OutgoingText(WORDS)) == (WORDS, "")
    assert shown(OutgoingText(WORDS, (YES,))) == ("", WORDS)
    assert shown(OutgoingCarousel((OutgoingCard("R&D", subtitle="a <b> c"),))) == ("", "a <b> c")
    long = "a <b> c & d, " * 10
    assert shown(OutgoingCarousel((OutgoingCard("R&D", subtitle=long),))) == ("", long.strip())
