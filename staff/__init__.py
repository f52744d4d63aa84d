"""Staff: who acts, what they may do, the record of what they did; tokens of the API."""
