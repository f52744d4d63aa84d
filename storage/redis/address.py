"""A Redis store's URL, taken apart."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from messages.errors import BadSettings

SCHEMES = frozenset({"redis", "rediss", "redis+cluster", "rediss+cluster"})

_MAX_SHARDS = 64


class Durability(StrEnum):
    """What Redis must have done with a write before it counts: `docs/redis.md` says what each is worth."""

    ALWAYS = "always"
    """On disk: `appendfsync always`."""
    EVERYSEC = "everysec"
    """On disk within about a second: `appendfsync everysec`."""
    NONE = "none"
    """In memory. For tests."""


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """Where a Redis store is, and how it is used."""

    url: str
    """For redis-py: `redis://` or `rediss://`, without what is Assent's own."""
    cluster: bool = False
    shards: int = 1
    """Into how many parts a bot's people are divided. Fixed when the store is made."""
    durability: Durability = Durability.ALWAYS
    replicas: int = 0
    """How many replicas must have a write before it counts."""
    lease: float = 10.0
    """Seconds after which a worker that gave no sign of life counts as gone."""
    timeout: float = 5.0
    """Seconds to wait for an answer of Redis."""
    lag: float = 0.0
    """Seconds by which a replica may lag that takes over: what was confirmed within them may be lost."""


def parse_address(url: str) -> RedisAddress:
    """Take a store's URL apart. Raises BadSettings.

    `redis://:password@host:6379/0?shards=4&replicas=1`; `rediss` for TLS, `redis+cluster` for a Cluster, of which one
    node is named. Words that begin with `ssl_` go to redis-py as they are.
    """
    parts = urlsplit(url)
    ours: dict[str, str] = {}
    theirs: list[tuple[str, str]] = []
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name.startswith("ssl_"):
            theirs.append((name, value))
        elif name in {"shards", "durability", "replicas", "lease", "timeout", "lag"}:
            ours[name] = value
        else:
            raise BadSettings(
                f"{name!r} is nothing that a Redis store has",
                place="store",
                remedy="Use shards, durability, replicas, lag, lease, timeout, or a word that begins with ssl_",
            )
    cluster = parts.scheme.endswith("+cluster")
    if cluster and parts.path not in {"", "/", "/0"}:
        raise BadSettings(
            "a Redis Cluster has no numbered databases", place="store", remedy="Leave the path after the host out"
        )
    try:
        parts.port  # noqa: B018  # it is looked at only here
    except ValueError as error:
        raise BadSettings(f"the store's URL has no usable port: {error}", place="store") from error
    if not parts.hostname:
        raise BadSettings("no host in the store's URL", place="store", remedy="Write it as redis://host:6379/0")
    scheme = parts.scheme.removesuffix("+cluster")
    return RedisAddress(
        url=urlunsplit((scheme, parts.netloc, parts.path, urlencode(theirs), "")),
        cluster=cluster,
        shards=_whole(ours, "shards", 1, 1, _MAX_SHARDS),
        durability=_durability(ours.get("durability", Durability.ALWAYS)),
        replicas=_whole(ours, "replicas", 0, 0, 16),
        lease=_seconds(ours, "lease", 10.0),
        timeout=_seconds(ours, "timeout", 5.0),
        lag=_seconds(ours, "lag", 0.0, minimum=0.0),
    )


def shown(url: str) -> str:
    """Return a store's URL as it may be shown: without the password."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    _, _, host = parts.netloc.rpartition("@")
    return urlunsplit((parts.scheme, f"{parts.username or ''}:***@{host}", parts.path, parts.query, parts.fragment))


def _whole(words: dict[str, str], name: str, default: int, minimum: int, maximum: int) -> int:
    text = words.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or not minimum <= int(text) <= maximum:
        raise BadSettings(
            f"{name}={text} can't be used", place="store", remedy=f"Write a whole number from {minimum} to {maximum}"
        )
    return int(text)


def _seconds(words: dict[str, str], name: str, default: float, *, minimum: float = 0.1) -> float:
    text = words.get(name)
    if text is None:
        return default
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not minimum <= seconds <= 600:
        remedy = f"Write seconds, from {minimum:g} to 600"
        raise BadSettings(f"{name}={text} can't be used", place="store", remedy=remedy)
    return seconds


def _durability(text: str) -> Durability:
    try:
        return Durability(text)
    except ValueError:
        raise BadSettings(
            f"durability={text} can't be used", place="store", remedy="Use always, everysec or none"
        ) from None
