"""The index of people against the plain answer."""
