"""Acts of staff, each through the command and through the API: they come to the same."""
