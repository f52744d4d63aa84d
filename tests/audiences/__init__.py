"""What staff do with audiences, over every store."""
