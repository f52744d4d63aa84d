"""The console's pages, as people use them: a real server, a real store, a real Chromium."""
