"""Time for paces: it passes when somebody sleeps."""

import asyncio
from dataclasses import dataclass, field


@dataclass
class Watch:
    """A clock; `naps` are how long it was slept."""

    seconds: float = 1000.0
    naps: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)
