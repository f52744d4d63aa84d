"""Audience files that staff upload: their text, their rows, what each value is, and the report about them."""
