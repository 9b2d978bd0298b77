"""One schema for all engines, step by step."""
