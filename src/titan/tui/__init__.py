"""The terminal: a run as its read model has it, drawn in a process of its own."""
