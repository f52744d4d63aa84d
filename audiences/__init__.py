"""Audiences: contacts and segments as staff works with them, over any store."""
