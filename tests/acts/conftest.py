"""What the tests of acts share."""

from tests.cli.conftest import assent

__all__ = ["assent"]
