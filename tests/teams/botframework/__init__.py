"""tests.teams.botframework."""
