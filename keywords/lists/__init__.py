"""The lists of each language. Written and judged as a careful reader would, not by a native speaker."""
