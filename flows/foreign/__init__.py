"""Flows of other products, read as far as they go."""
