"""The numbers under which buttons are pressed."""

from messages.outgoing import OutgoingButton


class ButtonNumbers:
    """Numbers the buttons on screen, from 1.

    Buttons stay pressable, as in any chat, until newer ones take their numbers; quick replies vanish with the next
    turn.
    """

    def __init__(self) -> None:
        self._buttons: dict[int, OutgoingButton] = {}
        self._quick: set[int] = set()
        self._old = False

    def __len__(self) -> int:
        return len(self._buttons)

    def number(self, button: OutgoingButton, *, quick: bool = False) -> int:
        """Return the next number, for `button`."""
        if self._old:
            self._buttons.clear()
            self._old = False
        number = max(self._buttons, default=0) + 1
        self._buttons[number] = button
        if quick:
            self._quick.add(number)
        return number

    def pressed(self, number: int) -> OutgoingButton | None:
        """Return the button of a number."""
        return self._buttons.get(number)

    def next_turn(self) -> None:
        """The person acts: quick replies are gone, and the next button shown is number 1."""
        for number in self._quick:
            self._buttons.pop(number, None)
        self._quick.clear()
        self._old = True

    def question_asked(self) -> None:
        """A question is open: a number is an answer to it, unless a button shown with it has that number."""
        if self._old:
            self._buttons.clear()
