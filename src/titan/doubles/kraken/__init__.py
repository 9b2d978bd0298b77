"""The double of Kraken: spot."""
