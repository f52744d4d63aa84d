"""The stores that keep the contract: how each is named on a fresh folder."""

from collections.abc import Callable
from pathlib import Path

SUBJECTS: dict[str, Callable[[Path], str]] = {
    "sqlite": lambda folder: f"sqlite:///{folder}/assent.db",
}
