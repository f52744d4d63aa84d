"""What is wrong with a flow that can be read: errors that stop a push, warnings that do not."""

from collections.abc import Collection

from flows.checks import (
    calls,
    channels,
    consent,
    expressions,
    hours,
    keywords,
    limits,
    links,
    questions,
    reach,
    references,
    scenarios,
    subscriptions,
    waits,
)
from flows.checks.view import Check, Fault, Limits, Rule, view_of
from flows.finding import Finding, Severity, in_order
from flows.source.nodes import Place
from flows.source.read import FlowSource, remarked
from flows.walk import Path

__all__ = ["CHECKS", "RULES", "check"]


CHECKS: tuple[Check, ...] = (
    references.REFERENCES,
    references.BUTTONS,
    reach.LOOPS,
    calls.CHECK,
    reach.REACH,
    keywords.KEYWORD_RULES,
    keywords.STOP_WORDS,
    links.CHECK,
    keywords.OFFERED_WORDS,
    questions.CHECK,
    limits.CHECK,
    expressions.CHECK,
    consent.CONSENT,
    consent.FAREWELL,
    subscriptions.SUBSCRIPTIONS,
    expressions.LANGUAGES,
    expressions.TEMPLATES,
    reach.ENTRY,
    waits.WAITS,
    hours.CHECK,
    waits.HAND_OVERS,
    channels.CHANNELS,
    channels.CHANNEL_TEXTS,
    scenarios.STEPS,
)

RULES: tuple[Rule, ...] = tuple(rule for one in (*CHECKS, scenarios.TESTS) for rule in one.rules)


def check(
    source: FlowSource, *, limits: Limits | None = None, within: Path = (), kept: Collection[str] = ()
) -> tuple[Finding, ...]:
    """Return what is wrong with a flow, or with what stands `within` a path, in the order of its file. `kept`: ids of
    segments that staff made in the store, which conditions may name.

    Errors stop a push, warnings do not. The flow's own tests run where nothing else is an error.
    """
    view = view_of(source.bot, kept)
    limits = limits or Limits()
    faults = [fault for one in CHECKS for fault in one.find(view, limits) if fault.path[: len(within)] == within]
    if not within and not any(fault.rule.severity is Severity.ERROR for fault in faults):
        faults += scenarios.TESTS.find(view, limits)
    findings = (
        Finding(fault.rule.code, fault.rule.severity, source.file, *_place(source, fault), fault.problem, fault.remedy)
        for fault in faults
    )
    return in_order([*findings, *remarked(source.remarks, source.file)])


def _place(source: FlowSource, fault: Fault) -> Place:
    return source.key_place(fault.path) if fault.at_key else source.place(fault.path)
