"""The Teams channel: the Bot Framework protocol."""
