"""Bybit: instrument rules."""
