"""What a server does beside the turns, a file a task."""
