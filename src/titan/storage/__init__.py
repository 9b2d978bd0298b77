"""What outlives a process, in SQLite or PostgreSQL: the journal and what it says. Uses `ports`, `model`."""
