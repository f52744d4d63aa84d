"""The store in Redis, for many servers on many machines."""
