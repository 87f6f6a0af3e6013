"""What a stranger sees first: a story that is being written, what can be tried, where it runs, the way on."""
