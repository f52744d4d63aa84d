"""What is wrong with a flow that can be read: errors that stop a push, warnings that do not."""

from flows.checks.table import CHECKS, RULES, check

__all__ = ["CHECKS", "RULES", "check"]
