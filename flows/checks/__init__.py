"""What can be wrong with a flow, each with its place and a remedy."""
