"""Flows: what a builder writes, how it is checked, frozen into revisions, and decided one turn at a time."""
