"""The servers that are compared: each answers POST /api/messages and posts one reply to the connector."""
