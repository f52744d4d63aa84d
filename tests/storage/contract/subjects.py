"""The stores that keep the contract. Each makes a new one with nothing in it, given an empty folder of its own, and
returns its URL.
"""

import pytest

from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_cluster, empty_database

LEASE = "lease=60"
"""Seconds until the replies of a server that fell silent are another's; none runs out on a slow machine."""
SUBJECTS = [
    pytest.param(lambda folder: f"sqlite:///{folder}/assent.db", id="sqlite"),
    pytest.param(lambda _: f"{empty_database(0)}?{LEASE}", id="redis", marks=needs_redis),
    pytest.param(lambda _: f"{empty_database(1)}?{LEASE}&shards=3", id="redis-3-shards", marks=needs_redis),
    pytest.param(
        lambda _: f"{empty_cluster()}?{LEASE}&shards=3", id="cluster", marks=[needs_redis, pytest.mark.cluster]
    ),
]
