"""The stores that keep the contract. Each makes a new one with nothing in it, given an empty folder of its own, and
returns its URL.
"""

import pytest

from tests.redis.needed import needs_redis
from tests.redis.shared import empty_cluster, empty_database

SUBJECTS = [
    pytest.param(lambda folder: f"sqlite:///{folder}/assent.db", id="sqlite"),
    pytest.param(lambda _: empty_database(0), id="redis", marks=needs_redis),
    pytest.param(lambda _: f"{empty_database(1)}?shards=3", id="redis-3-shards", marks=needs_redis),
    pytest.param(lambda _: f"{empty_cluster()}?shards=3", id="cluster", marks=[needs_redis, pytest.mark.cluster]),
]
