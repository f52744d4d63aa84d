"""Flow files as text: YAML with exact positions, read into `flows.model`."""
