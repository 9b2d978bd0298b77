"""What the market said, compiled: tape, books, quotes, statistics, basis. Uses `model` and nothing else."""
