"""What is different between a turn as it was recorded and as it comes out now, for people."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

import msgspec

from flows.engine.turn import Turn
from messages.effects import ChangeConsent, Effect, Send

NOTHING = "(nothing)"


class Difference(NamedTuple):
    """One thing that is different: where, e.g. `reply 1 › text`, what was recorded, and what it is now."""

    where: str
    recorded: str
    now: str


def differences(recorded: Turn, now: Turn) -> list[Difference]:
    """Return what is different, what the person saw first, then consent, other effects, state, contact and trace.

    Empty when, and only when, both give the same record.
    """
    return [
        *_listed("reply", _sent(recorded.effects), _sent(now.effects)),
        *_listed("consent", _consents(recorded.effects), _consents(now.effects)),
        *_listed("effect", _others(recorded.effects), _others(now.effects)),
        *_order(recorded.effects, now.effects),
        *_walk("conversation", _plain(recorded.state), _plain(now.state)),
        *_walk("contact", _plain(recorded.contact), _plain(now.contact)),
        *_walk("revision", recorded.revision, now.revision),
        *_walk("rules", recorded.rules, now.rules),
        *_listed("step", _plain(recorded.trace), _plain(now.trace)),
    ]


def _plain(value: object) -> Any:  # noqa: ANN401  # JSON values
    return msgspec.to_builtins(value, order="sorted")


def _sent(effects: Sequence[Effect]) -> list[Any]:
    return [_plain(effect.message) for effect in effects if isinstance(effect, Send)]


def _consents(effects: Sequence[Effect]) -> list[Any]:
    return [_plain(effect.change) for effect in effects if isinstance(effect, ChangeConsent)]


def _others(effects: Sequence[Effect]) -> list[Any]:
    return [_plain(effect) for effect in effects if not isinstance(effect, Send | ChangeConsent)]


def _order(recorded: Sequence[Effect], now: Sequence[Effect]) -> Iterator[Difference]:
    """Tell when the same effects come in another order."""
    kinds = [[type(effect).__name__ for effect in effects] for effects in (recorded, now)]
    if kinds[0] != kinds[1] and sorted(kinds[0]) == sorted(kinds[1]):
        yield Difference("order of the effects", ", ".join(kinds[0]), ", ".join(kinds[1]))


def _listed(where: str, recorded: Sequence[Any], now: Sequence[Any]) -> Iterator[Difference]:
    for number, (old, new) in enumerate(zip_longest(recorded, now), 1):
        yield from _walk(f"{where} {number}", old, new)


def _walk(where: str, recorded: Any, now: Any) -> Iterator[Difference]:  # noqa: ANN401  # JSON values
    if isinstance(recorded, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys((*recorded, *now)):
            yield from _walk(f"{where} › {key}", recorded.get(key), now.get(key))
    elif isinstance(recorded, Sequence) and isinstance(now, Sequence) and not isinstance(recorded, str):
        for number, (old, new) in enumerate(zip_longest(recorded, now), 1):
            yield from _walk(f"{where} › {number}", old, new)
    elif (type(recorded), recorded) != (type(now), now):
        yield Difference(where, _shown(recorded), _shown(now))


def _shown(value: Any) -> str:  # noqa: ANN401  # JSON values
    if value is None:
        return NOTHING
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
