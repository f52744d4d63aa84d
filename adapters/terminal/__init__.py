"""A chat in the terminal: the builder's own test."""
