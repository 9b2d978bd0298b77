"""A finished run as one page that a person wants to look at. Reads a run's folder and nothing of the engine."""
