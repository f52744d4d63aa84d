"""tests.adapters.teams.botframework."""
