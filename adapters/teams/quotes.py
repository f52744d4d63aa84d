"""What a message quotes of others, or passes on: no words of the person who sent it. Pure.

Teams sends a quoted reply in two forms. Since 2026 a mark stands in the text for each message that is quoted,
`<quoted messageId="1772050244572"/>`, beside an entity of the type `quotedReply` that holds what was quoted
(microsoft/teams.py and teams.net, pull requests "quoted replies"). Before, and beside it, the text's HTML copy among
the attachments holds a `<blockquote>` of Skype's reply type; one of its forward type holds what was passed on.
"""

import re
from typing import Final

from adapters.teams.fields import Activity, mapping, sequence, text

REPLY: Final = "schema.skype.com/reply"
_FORWARD: Final = "schema.skype.com/forward"
_ENTITY: Final = "quotedReply"
_MOST_MARKS: Final = 1000
_MOST_ENTITIES: Final = 100
_START: Final = re.compile(r"(?:<|&lt;)quoted(?=[\s/>&])", re.IGNORECASE)
_REST: Final = re.compile(
    r"""(?:[^<>"'&]|"[^"<]*"|'[^'<]*'|&quot;|&\#39;|&(?!(?:lt|gt);))*+(?P<end>>|&gt;)""", re.IGNORECASE
)
"""The rest of a mark, from its name to its `>`. A value in quotes may hold one."""
_LONGEST_MARK: Final = 4096
_CLOSE: Final = re.compile(r"(?:<|&lt;)/quoted\s{0,20}(?:>|&gt;)", re.IGNORECASE)


def without_marks(said: str) -> str:
    """Return a text without the marks of what it quotes, each replaced by a blank.

    A mark that has an end tag goes with all that stands between, which is what was quoted. One that is never ended, by
    `/` or an end tag, goes alone.
    """
    pieces: list[str] = []
    kept = 0
    start, end = _START.search(said), _CLOSE.search(said)
    for _ in range(_MOST_MARKS):
        if start is None:
            break
        rest = _REST.match(said, start.end(), start.end() + _LONGEST_MARK)
        following = _START.search(said, rest.end() if rest else start.end())
        if rest is not None:
            pieces += [said[kept : start.start()], " "]
            kept = rest.end()
            while end is not None and end.start() < kept:
                end = _CLOSE.search(said, end.end())
            is_open = said[rest.start("end") - 1] != "/"
            if is_open and end is not None and (following is None or end.start() < following.start()):
                kept = end.end()
        start = following
    left = said[kept:]
    return "".join([*pieces, _CLOSE.sub(" ", left)]) if pieces else left


def quotes(activity: Activity) -> bool:
    """Tell whether a message quotes another or passes one on, by its entities, its text or its HTML copy."""
    entities = sequence(activity.get("entities"))[:_MOST_ENTITIES]
    if any(mapping(entity).get("type") == _ENTITY for entity in entities):
        return True
    if _START.search(text(activity.get("text"))):
        return True
    return any(
        REPLY in content.lower() or _FORWARD in content.lower() or _START.search(content)
        for attachment in sequence(activity.get("attachments"))
        if (content := text(mapping(attachment).get("content")))
    )
