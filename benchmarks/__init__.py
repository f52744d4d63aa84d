"""What a turn costs, measured side by side in one run. Start with `make bench`."""
