"""Broadcasts: what is to be sent, to whom, when; each act of staff on one exists once, here."""
