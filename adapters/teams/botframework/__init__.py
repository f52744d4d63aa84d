"""adapters.teams.botframework."""
