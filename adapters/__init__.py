"""Channels: each translates its wire format to and from `messages`, and alone knows how to send."""
