"""Every finding is explained in the documentation, in the words of its rule."""

from flows.checks import RULES
from flows.source.read import READING
from tests.flows.files import ROOT


def test_the_page_of_findings_has_every_rule_and_no_other():
    lines = (ROOT / "docs" / "findings.md").read_text().splitlines()
    rows = [line for line in lines if line.startswith("| `")]
    assert rows == [
        *(f"| `{code}` | {about} |" for code, about in READING.items()),
        *(f"| `{rule.code}` | {rule.severity} | {rule.about} |" for rule in RULES),
    ]
