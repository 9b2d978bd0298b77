"""What is asked for over HTTP, a file a subject."""
