"""Words that people type: how they are compared, the reserved ones, and the builder's own. Pure."""
