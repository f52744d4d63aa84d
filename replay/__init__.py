"""Recorded conversations: reading them, running them again, comparing, taking them elsewhere."""
