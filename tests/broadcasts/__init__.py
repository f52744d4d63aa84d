"""Broadcasts: defining, planning, sending, reporting."""
