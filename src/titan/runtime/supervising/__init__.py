"""A run and its doubles as children of one process: started, kept going, stopped in order."""
