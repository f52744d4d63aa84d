"""Kinds of values that settings have: texts that must not be shown, and what a value must be like besides its type."""

import re
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Annotated, Literal, Protocol
from urllib.parse import urlsplit


class Limit(Protocol):
    """Says whether a value fits, and what would."""

    remedy: str

    def fits(self, value: object) -> bool: ...


@dataclass(frozen=True, slots=True)
class Between:
    """A number from `minimum` to `maximum`."""

    minimum: float
    maximum: float

    @property
    def remedy(self) -> str:
        """What to write."""
        return f"Write a number from {self.minimum:,.0f} to {self.maximum:,.0f}".replace(",", "")

    def fits(self, value: object) -> bool:
        """Tell whether a number is within the limits."""
        return isinstance(value, int | float) and self.minimum <= value <= self.maximum


@dataclass(frozen=True, slots=True)
class HttpAddress:
    """An `http` or `https` address, or nothing."""

    remedy: str = "Write an address such as https://example.org"

    def fits(self, value: object) -> bool:
        """Tell whether a text is an address that can be asked."""
        if not value:
            return True
        try:
            parts = urlsplit(str(value))
            return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class Network:
    """A network, such as `10.0.0.0/8`, or one address."""

    remedy: str = "Write a network such as 10.0.0.0/8, or an address"

    def fits(self, value: object) -> bool:
        """Tell whether a text is a network."""
        try:
            ip_network(str(value))
        except ValueError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text of a certain form."""

    pattern: str
    remedy: str

    def fits(self, value: object) -> bool:
        """Tell whether a text has the form."""
        return re.fullmatch(self.pattern, str(value)) is not None


class Secret:
    """A password, token or key. It prints as `***`; `reveal` gives the text to the code that needs it."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret('***')" if self._text else "Secret('')"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class Hook:
    """Where another system hears of consent and of what flows do; flows name it under `hooks`."""

    url: Annotated[str, HttpAddress()] = ""
    secret: Secret = Secret()  # noqa: RUF009  # it can't be changed
    """Signs what is sent; the receiver has it too."""
    timeout: Annotated[float, Between(0.1, 30)] = 10.0
    """Seconds for one attempt."""
    max_age: Annotated[float, Between(1, 30 * 86_400)] = 259_200.0
    """Seconds after which an event that could not be delivered is given up."""
    private: Literal["on", "off"] = "off"
    """`on`: its address may be of the own machine or network."""
