"""When something is due: wall clocks and zones, quiet hours, waits, recurrence rules, schedules. Pure."""
