"""Publishing: from a flow's text to a draft, from a draft to live, and back."""
