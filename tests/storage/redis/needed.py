"""Tests that need Redis are left out, and it is said, where there is none."""

import pytest

from tests.storage.redis.server import find_redis_server

MISSING = "no redis-server on this machine: apt-get install redis-server, or brew install redis"

needs_redis = pytest.mark.skipif(find_redis_server() is None, reason=MISSING)
