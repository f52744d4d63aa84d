"""Buttons that change consent: their signed payloads, and what a press does. Pure."""
