"""What is typed in the terminal, as the engine hears it."""

import pytest

from adapters.terminal import ButtonNumbers, parse
from messages.effects import OutgoingButton
from messages.inbound import ButtonPressed, TextReceived

YES = OutgoingButton("Yes", payload="a1:yes")
PAGE = OutgoingButton("Our page", url="https://example.org")
LATER = OutgoingButton("Later", payload="a1:later")


@pytest.fixture
def numbers() -> ButtonNumbers:
    numbers = ButtonNumbers()
    numbers.number(YES)
    numbers.number(PAGE)
    numbers.number(LATER, quick=True)
    return numbers


def test_a_number_presses(numbers: ButtonNumbers) -> None:
    assert parse(" 1 ", numbers) == ButtonPressed(payload="a1:yes", label="Yes", form="terminal")
    assert parse("3", numbers) == ButtonPressed(payload="a1:later", label="Later", form="terminal")


def test_a_link_is_opened_not_pressed(numbers: ButtonNumbers) -> None:
    assert parse("2", numbers) == PAGE


@pytest.mark.parametrize("line", ["4", "0", "007", "999"])
def test_a_number_that_no_button_has_is_nothing(numbers: ButtonNumbers, line: str) -> None:
    assert parse(line, numbers) is None


@pytest.mark.parametrize("line", ["hello", "1 more", '"1"', "-1", "1.0", "²", "١", "2024", "1" * 5000])
def test_anything_else_is_said(numbers: ButtonNumbers, line: str) -> None:
    assert parse(line, numbers) == TextReceived(text=line)


def test_without_buttons_a_number_is_said() -> None:
    assert parse("1", ButtonNumbers()) == TextReceived(text="1")


def test_quick_replies_vanish_with_the_next_turn_and_buttons_with_the_next_buttons(numbers: ButtonNumbers) -> None:
    numbers.next_turn()
    assert parse("3", numbers) is None
    assert parse("1", numbers) == ButtonPressed(payload="a1:yes", label="Yes", form="terminal")
    assert numbers.number(LATER) == 1
    assert parse("1", numbers) == ButtonPressed(payload="a1:later", label="Later", form="terminal")
    assert parse("2", numbers) is None


def test_a_question_takes_numbers_unless_buttons_came_with_it(numbers: ButtonNumbers) -> None:
    numbers.question_asked()
    assert parse("1", numbers) == ButtonPressed(payload="a1:yes", label="Yes", form="terminal")
    numbers.next_turn()
    numbers.question_asked()
    assert parse("1", numbers) == TextReceived(text="1")


def test_the_number_of_an_answer_is_a_press_of_it(numbers: ButtonNumbers) -> None:
    numbers.number(OutgoingButton("Stop"))
    assert parse("4", numbers) == TextReceived(text="Stop", form="answer")
