"""Workplace and Messenger (and Instagram), over the Messenger Platform protocol."""
