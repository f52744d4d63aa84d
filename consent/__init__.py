"""Who is in which segment, and what may change that. Pure."""
