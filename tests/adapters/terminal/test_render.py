"""What a message looks like in the terminal."""

import pytest
from rich.console import Console

from adapters.terminal import ButtonNumbers, render
from adapters.text import printable
from messages.effects import (
    OutgoingButton,
    OutgoingCard,
    OutgoingCarousel,
    OutgoingFile,
    OutgoingImage,
    OutgoingMessage,
    OutgoingText,
)

YES = OutgoingButton("Yes", payload="a1:yes")
NO = OutgoingButton("No", payload="a1:no")
PAGE = OutgoingButton("Our page", url="https://example.org")


def drawn(message: OutgoingMessage, width: int = 80) -> str:
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(render(message, ButtonNumbers()))
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def test_buttons_stand_under_their_text_with_numbers() -> None:
    assert (
        drawn(OutgoingMessage("m", (OutgoingText("Tips?", (YES, PAGE)),), quick_replies=(NO,)))
        == "Tips?\n[1] Yes\n[2] Our page  https://example.org\n\n(3) No"
    )


def test_cards_stand_side_by_side_and_their_buttons_count_on() -> None:
    cards = OutgoingCarousel(
        (
            OutgoingCard("Sleep", "Rest well", buttons=(YES,)),
            OutgoingCard("Food", image="https://example.org/food.png", buttons=(NO,)),
        )
    )
    assert drawn(OutgoingMessage("m", (cards,))) == (
        "╭─ Sleep ────────────────────────╮ ╭─ Food ─────────────────────────╮\n"
        "│ Rest well                      │ │ https://example.org/food.png   │\n"
        "│ [1] Yes                        │ │ [2] No                         │\n"
        "╰────────────────────────────────╯ ╰────────────────────────────────╯"
    )


def test_cards_go_below_each_other_where_there_is_no_room() -> None:
    cards = OutgoingCarousel((OutgoingCard("Sleep"), OutgoingCard("Food")))
    assert [line[:8] for line in drawn(OutgoingMessage("m", (cards,)), width=40).splitlines() if "─ " in line] == [
        "╭─ Sleep",
        "╭─ Food ",
    ]


def test_pictures_and_files_are_named_with_their_addresses() -> None:
    parts = (
        OutgoingImage("https://example.org/sun.png", "The sun"),
        OutgoingFile("https://example.org/a.pdf", "Guide"),
    )
    assert (
        drawn(OutgoingMessage("m", parts))
        == "picture The sun https://example.org/sun.png\nfile Guide https://example.org/a.pdf"
    )


def test_what_people_wrote_is_no_markup() -> None:
    assert drawn(OutgoingMessage("m", (OutgoingText("[bold]hi[/] :smile:"),))) == "[bold]hi[/] :smile:"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ünïcode 停止", "plain ünïcode 停止"),
        ("two\nlines", "two\nlines"),
        ("matin\u202f? «\u00a0oui\u00a0» 停止\u3000する", "matin\u202f? «\u00a0oui\u00a0» 停止\u3000する"),
        ("\x1b[2J\x07\x9b", "\ufffd[2J\ufffd\ufffd"),
        ("abc\u202edef", "abc\ufffddef"),
        ("👩\u200d⚕ क्\u200dष", "👩\u200d⚕ क्\u200dष"),
    ],
)
def test_text_can_not_steer_the_terminal(text: str, shown: str) -> None:
    assert printable(text) == shown
