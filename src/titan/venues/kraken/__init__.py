"""Kraken: spot."""
