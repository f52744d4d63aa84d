"""The inbox: conversations that people have taken over from the bot."""
