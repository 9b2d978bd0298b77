"""The only place that wires: modes, config, runs."""
