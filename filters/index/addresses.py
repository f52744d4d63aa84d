"""Where people are written to, by channel: who has an address, who can't be reached and why, who acted when."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from pyroaring import BitMap

from filters.index.columns import Column, NamedSets
from messages.channel_addresses import MARGIN, ChannelAddress, window_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class _OneChannel:
    """The addresses on one channel."""

    def __init__(self) -> None:
        self.known = BitMap()
        """Who has one."""
        self.codes = NamedSets()
        """Who can't be reached there, by code."""
        self.inbound = Column(np.int64)
        """When the person last did something there, in microseconds since 1970."""

    def replace(self, people: BitMap, addresses: Mapping[int, ChannelAddress]) -> None:
        self.known -= people
        self.known |= BitMap(addresses)
        self.codes.replace(people, {number: [one.code] for number, one in addresses.items() if one.code})
        acts = {number: microseconds(act) for number, one in addresses.items() if (act := one.last_act) is not None}
        self.inbound.replace(np.array(people, np.uint32), acts)

    @property
    def size(self) -> int:
        return len(self.known.serialize()) + self.codes.size + self.inbound.size


class Addresses:
    """The addresses of all people. Numbers of people are the store's."""

    def __init__(self) -> None:
        self._channels: dict[str, _OneChannel] = {}

    def replace(self, people: BitMap, addresses: Mapping[int, Sequence[ChannelAddress]]) -> None:
        """Set the addresses of people; those of `people` that `addresses` lacks have none."""
        by_channel: dict[str, dict[int, ChannelAddress]] = {channel: {} for channel in self._channels}
        for number, own in addresses.items():
            for address in own:
                by_channel.setdefault(address.channel, {})[number] = address
        for channel, theirs in by_channel.items():
            self._channels.setdefault(channel, _OneChannel()).replace(people, theirs)

    def known(self, channel: str) -> BitMap:
        """Return who has an address on a channel."""
        return self._of(channel).known.copy()

    def unreachable(self, channel: str) -> dict[str, BitMap]:
        """Return who can't be reached there, by the channel's code."""
        return {code: people.copy() for code, people in self._of(channel).codes.items() if people}

    def open_window(self, channel: str, now: datetime) -> BitMap:
        """Return to whom the channel takes a message now (`messages.channel_addresses.window_open`)."""
        own, window = self._of(channel), window_of(channel)
        if window is None:
            return own.known.copy()
        return own.inbound.where(np.greater, microseconds(now - window + MARGIN))

    def _of(self, channel: str) -> _OneChannel:
        return self._channels.get(channel) or _OneChannel()

    @property
    def size(self) -> int:
        """Bytes, about."""
        return sum(one.size for one in self._channels.values())


def microseconds(at: datetime) -> int:
    """Return a moment in microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND
