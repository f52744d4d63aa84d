"""The store: one port, and what keeps its word behind it."""
