"""The shell: takes events in, runs turns, sends replies. Effects happen here."""
