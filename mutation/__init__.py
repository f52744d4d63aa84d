"""Changes of the rules, one at a time, to see which no test notices."""
