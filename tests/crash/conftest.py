"""What all crash tests are given."""

import random

import pytest

SHORT = 25
"""The number of kills at which each scenario is played once."""


@pytest.fixture
def rounds(kills: int) -> int:
    """How often a scenario is played."""
    return max(1, kills // SHORT)


@pytest.fixture
def chance(seed: int) -> random.Random:
    return random.Random(seed)
