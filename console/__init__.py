"""What staff uses over HTTP: the JSON API."""
