"""How fast pushes leave through an account, for all servers together: a script on Redis' clock."""

from storage.pace import Limits, Places
from storage.redis.cluster import Cluster
from storage.redis.pipeline import PACE


class RedisPacing:
    """`storage.pace.Pacing`. Times are Redis' own."""

    _cluster: Cluster

    async def reserve_places(self, account: str, limits: Limits, wanted: int, debts: int = 0) -> Places:
        wait, rate, *given = await self._cluster.call(
            PACE, _key(account), "reserve", f"{limits.rate:.6f}", wanted, debts, "", "", f"{limits.begin:.6f}"
        )
        return Places(tuple(float(at) for at in given), float(wait), float(rate))

    async def pause_account(self, account: str, asked: float | None, chance: float) -> None:
        seconds = "" if asked is None else f"{asked:.6f}"
        await self._cluster.call(PACE, _key(account), "pause", "", seconds, "", f"{chance:.6f}", "", "")


def _key(account: str) -> str:
    return f"assent:{{pace}}:{account}"
