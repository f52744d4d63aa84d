"""All checks."""

from flows.checks import (
    buttons,
    channel_texts,
    channels,
    conditions,
    consent,
    entry,
    farewell,
    hand_overs,
    keyword_rules,
    languages,
    loops,
    offered_words,
    questions,
    reach,
    references,
    stop_words,
    templates,
    waits,
)
from flows.checks.limits import Limits
from flows.checks.rule import Check, Fault, Rule
from flows.checks.view import view_of
from flows.finding import Finding, in_order
from flows.source.nodes import Place
from flows.source.read import FlowSource

CHECKS: tuple[Check, ...] = (
    references.CHECK,
    buttons.CHECK,
    loops.CHECK,
    reach.CHECK,
    keyword_rules.CHECK,
    stop_words.CHECK,
    offered_words.CHECK,
    questions.CHECK,
    conditions.CHECK,
    consent.CHECK,
    farewell.CHECK,
    languages.CHECK,
    templates.CHECK,
    entry.CHECK,
    waits.CHECK,
    hand_overs.CHECK,
    channels.CHECK,
    channel_texts.CHECK,
)

RULES: tuple[Rule, ...] = tuple(rule for one in CHECKS for rule in one.rules)


def check(source: FlowSource, *, limits: Limits | None = None) -> tuple[Finding, ...]:
    """Return what is wrong with a flow, in the order of its file. Errors stop a push, warnings do not."""
    view = view_of(source.bot)
    return in_order(
        Finding(fault.rule.code, fault.rule.severity, source.file, *_place(source, fault), fault.problem, fault.remedy)
        for one in CHECKS
        for fault in one.find(view, limits or Limits())
    )


def _place(source: FlowSource, fault: Fault) -> Place:
    return source.key_place(fault.path) if fault.at_key else source.place(fault.path)
