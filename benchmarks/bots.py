"""Bots of any size, as flow files."""

ASKED = "Hi Ana, One short wellbeing tip every Monday. Shall we?"
"""What the welcome says to Ana."""


def flow_of(messages: int) -> str:
    """A flow of `messages` messages: the welcome with its segment buttons, replies, and keyword-started messages."""
    lines = [
        'assent: "1"',
        "bot: bench",
        "name: Bench",
        "segments:",
        "  tips: {name: Wellbeing tips, purpose: One short wellbeing tip every Monday.}",
        "welcome: welcome",
        "default: welcome",
        "keywords:",
    ]
    topics = range(messages - 3)
    for topic in topics:
        lines.append(f"  - {{is: topic {topic}, message: topic_{topic}}}")
        lines.append(f"  - {{contains: about subject{topic}, message: topic_{topic}}}")
    lines += [
        "messages:",
        "  welcome:",
        "    parts:",
        "      - text: \"Hi {{ contact.first_name | default('there') }}, {{ segment.tips.purpose }} Shall we?\"",
        "        buttons:",
        "          - {id: yes, label: Yes please, opt_in: tips, reply: tips_on}",
        "          - {id: no, label: No thanks, opt_out: tips, reply: tips_off}",
        '  tips_on: {parts: [{text: "You are in: {{ segment.tips.name }}. Type STOP to leave."}]}',
        '  tips_off: {parts: [{text: "You are out of {{ segment.tips.name }}."}]}',
    ]
    for topic in topics:
        lines.append(f"  topic_{topic}:")
        lines.append("    parts:")
        lines.append(f"      - text: Subject {topic}, told at some length for the person who asked.")
        lines.append(f"        buttons: [{{label: Go on, message: topic_{(topic + 1) % len(topics)}}}]")
    return "\n".join(lines) + "\n"
