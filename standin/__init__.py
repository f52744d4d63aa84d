"""A stand-in for the channels' servers: takes what the bot sends, shows it, can be told to fail.

Its limits and words are those of the real servers as far as they are documented. It checks nobody's identity, so it
listens on loopback only.
"""
