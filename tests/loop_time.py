"""The clock of the running loop, which a test moves on instead of waiting.

Limits can then be as long as in production, so that a slow machine never exceeds one that the test does not mean.
"""

import asyncio
from typing import Any


def pass_time(seconds: float) -> None:
    """Let so many seconds be over for all that waits in this loop; what is due is done in the order of its time."""
    loop = asyncio.get_running_loop()
    before = loop.time
    loop.time = lambda: before() + seconds  # type: ignore[method-assign]


async def while_time_passes(asking: "asyncio.Task[Any]") -> Any:
    """Let time pass until a task has ended, for one that does not tell when it begins to wait."""
    while not asking.done():
        pass_time(0.5)
        await asyncio.sleep(0.001)
    return await asking
