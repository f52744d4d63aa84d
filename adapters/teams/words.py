"""What a person said in a message: without the mention of the bot, without quotes, without markup. Pure.

Mentions: Teams' page on channel and group conversations. All of it is linear in the length of what came.

What a message quotes of others, or passes on: no words of the person who sent it. Pure.

Teams sends a quoted reply in two forms. Since 2026 a mark stands in the text for each message that is quoted,
`<quoted messageId="1772050244572"/>`, beside an entity of the type `quotedReply` that holds what was quoted
(microsoft/teams.py and teams.net, pull requests "quoted replies"). Before, and beside it, the text's HTML copy among
the attachments holds a `<blockquote>` of Skype's reply type; one of its forward type holds what was passed on.
"""

import html
import re
from typing import Final

from adapters.teams.activity import BOT, Activity, bot_of, mapping, sequence, text

REPLY: Final = "schema.skype.com/reply"
_FORWARD: Final = "schema.skype.com/forward"
_ENTITY: Final = "quotedReply"
_MAX_MARKS: Final = 1000
_MAX_ENTITIES: Final = 100
_START: Final = re.compile(r"(?:<|&lt;)quoted(?=[\s/>&])", re.IGNORECASE)
_REST: Final = re.compile(
    r"""(?:[^<>"'&]|"[^"<]*"|'[^'<]*'|&quot;|&\#39;|&(?!(?:lt|gt);))*+(?P<end>>|&gt;)""", re.IGNORECASE
)
"""The rest of a mark, from its name to its `>`. A value in quotes may hold one."""
_LONGEST_MARK: Final = 4096
_CLOSE_QUOTE: Final = re.compile(r"(?:<|&lt;)/quoted\s{0,20}(?:>|&gt;)", re.IGNORECASE)


def without_marks(said: str) -> str:
    """Return a text without the marks of what it quotes, each replaced by a blank.

    A mark that has an end tag goes with all that stands between, which is what was quoted. One that is never ended, by
    `/` or an end tag, goes alone.
    """
    pieces: list[str] = []
    kept = 0
    start, end = _START.search(said), _CLOSE_QUOTE.search(said)
    for _ in range(_MAX_MARKS):
        if start is None:
            break
        rest = _REST.match(said, start.end(), start.end() + _LONGEST_MARK)
        following = _START.search(said, rest.end() if rest else start.end())
        if rest is not None:
            pieces += [said[kept : start.start()], " "]
            kept = rest.end()
            while end is not None and end.start() < kept:
                end = _CLOSE_QUOTE.search(said, end.end())
            is_open = said[rest.start("end") - 1] != "/"
            if is_open and end is not None and (following is None or end.start() < following.start()):
                kept = end.end()
        start = following
    left = said[kept:]
    return "".join([*pieces, _CLOSE_QUOTE.sub(" ", left)]) if pieces else left


def quotes(activity: Activity) -> bool:
    """Tell whether a message quotes another or passes one on, by its entities, its text or its HTML copy."""
    entities = sequence(activity.get("entities"))[:_MAX_ENTITIES]
    if any(mapping(entity).get("type") == _ENTITY for entity in entities):
        return True
    if _START.search(text(activity.get("text"))):
        return True
    return any(
        REPLY in content.lower() or _FORWARD in content.lower() or _START.search(content)
        for attachment in sequence(activity.get("attachments"))
        if (content := text(mapping(attachment).get("content")))
    )


_OPEN: Final = re.compile(r"<at(?:\s[^<>]{0,500})?>", re.IGNORECASE)
_CLOSE: Final = re.compile(r"</at\s{0,20}>", re.IGNORECASE)
_ALT: Final = re.compile(r"\balt=\"([^\"]{0,100})\"", re.IGNORECASE)
_SPACES: Final = re.compile(r"[^\S\n]+")
_BREAKS: Final = frozenset({"br", "/p", "/div", "/li", "/tr", "/h1", "/h2", "/h3", "/blockquote", "/pre"})
_MENTION: Final = "schema.skype.com/mention"


def words(activity: Activity) -> str:
    """Return what was said.

    The bot's own mention goes, by its entity and its `<at>` tag, wherever it stands; somebody else's becomes their
    name. The marks of quoted messages go. Text that is HTML (`textFormat: xml`, or no text and an HTML attachment)
    loses its tags, and what it quotes of an earlier message.
    """
    said = text(activity.get("text")).strip()
    named = _own_mentions(activity)
    if said and not named and "<" not in said and "&" not in said:
        return said
    own = named or _own_name(activity) or _unknown_name(activity)
    said = without_marks(said).strip()
    if not said:
        return _from_attachment(activity, own)
    if activity.get("textFormat") == "xml":
        return _from_html(said, own)
    return _from_plain(said, own, named)


def mentions_bot(activity: Activity) -> bool:
    """Tell whether a message mentions the bot by an entity."""
    return bool(_own_mentions(activity))


def _own_mentions(activity: Activity) -> frozenset[str]:
    """The names under which the message's entities mention the bot; any bot, where the recipient can't be read."""
    bot = bot_of(activity)
    own: set[str] = set()
    for entity in sequence(activity.get("entities"))[:_MAX_ENTITIES]:
        mention = mapping(entity)
        mentioned = mapping(mention.get("mentioned"))
        account = text(mentioned.get("id"))
        if mention.get("type") == "mention" and (account == bot if bot else account.startswith(BOT)):
            own |= {_name(text(mention.get("text"))), _name(text(mentioned.get("name")))}
    return frozenset(own - {""})


def _own_name(activity: Activity) -> frozenset[str]:
    """The bot's name, for a client that tags a mention without an entity for it."""
    return frozenset({_name(text(mapping(activity.get("recipient")).get("name")))} - {""})


def _unknown_name(activity: Activity) -> frozenset[str] | None:
    """Nothing where a mention entity tells whom the message mentions; None, for every name, where none can be read:
    a bot in a channel is sent what mentions it.
    """
    entities = map(mapping, sequence(activity.get("entities"))[:_MAX_ENTITIES])
    return frozenset() if any(entity.get("type") == "mention" for entity in entities) else None


def _is_own(name: str, own: frozenset[str] | None) -> bool:
    return own is None or _name(name) in own


def _name(written: str) -> str:
    """A name as it is compared: `<at>Test Bot</at>` is `test bot`."""
    return " ".join(_unescaped(_CLOSE.sub("", _OPEN.sub("", written[:500]))).split()).lower()


def _from_plain(said: str, own: frozenset[str] | None, named: frozenset[str]) -> str:
    pieces: list[str] = []
    at = 0
    removed = False
    while (opening := _OPEN.search(said, at)) and (closing := _CLOSE.search(said, opening.end())):
        name = said[opening.end() : closing.start()]
        mine = _is_own(name, own)
        removed |= mine
        pieces += [said[at : opening.start()], " " if mine else name]
        at = closing.end()
    rest = "".join([*pieces, said[at:]]).replace("&nbsp;", " ")
    return _tidy(rest if removed else _without_first(named, rest))


def _without_first(named: frozenset[str], said: str) -> str:
    """Take off the bot's name where a client left out the tags of its mention."""
    start = said.lstrip().removeprefix("@")
    for name in sorted(named, key=len, reverse=True):
        end = len(name)
        if start[:end].lower() == name and not start[end : end + 1].isalnum():
            return start[end:]
    return said


def _from_attachment(activity: Activity, own: frozenset[str] | None) -> str:
    for attachment in map(mapping, sequence(activity.get("attachments"))):
        content = attachment.get("content")
        if attachment.get("contentType") == "text/html" and isinstance(content, str):
            return _from_html(without_marks(content), own)
    return ""


def _from_html(marked: str, own: frozenset[str] | None) -> str:
    """Return the words of an HTML text.

    A mention is an `<at>` element or a `<span>` of Skype's mention type; a quoted message a `<blockquote>` of its reply
    type; an emoji an image whose `alt` is the character.
    """
    first, *parts = marked.split("<")
    said = [_unescaped(first)]
    mention: list[str] | None = None
    quotes = 0
    for part in parts:
        tag, closed, after = part.partition(">")
        if not closed or not (tag[:1].isalpha() or tag[:1] in "/!"):
            tag, after = "", "<" + part
        element = tag[:20].lower().split(maxsplit=1)[0].rstrip("/") if tag else ""
        if element == "blockquote" and (quotes or REPLY in tag.lower()):
            quotes += 1
        elif element == "/blockquote" and quotes:
            quotes -= 1
        if quotes:
            continue
        if element == "at" or (element == "span" and _MENTION in tag.lower()):
            mention = []
        elif element in {"/at", "/span"} and mention is not None:
            name = "".join(mention)
            said.append(" " if _is_own(name, own) else name)
            mention = None
        elif element in {"img", "emoji"} and (alt := _ALT.search(tag)):
            said.append(_unescaped(alt[1]))
        elif element in _BREAKS:
            said.append("\n")
        (said if mention is None else mention).append(_unescaped(after))
    return _tidy("".join(said + (mention or [])))


def _unescaped(marked: str) -> str:
    try:
        return html.unescape(marked) if "&" in marked else marked
    except ValueError:  # a character reference with thousands of digits
        return marked


def _tidy(said: str) -> str:
    lines = (_SPACES.sub(" ", line).strip() for line in said.split("\n"))
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip()
