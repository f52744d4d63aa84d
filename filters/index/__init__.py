"""Who is in which segment and meets which filter, among people by the million: sets and columns kept up to date."""
