"""Personal data: what is masked for whoever looks."""
