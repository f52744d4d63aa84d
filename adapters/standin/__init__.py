"""A stand-in for the channels' servers: takes what the bot sends, shows it, can be told to fail."""
