"""Binance: instrument rules and decoders of its spot and USD-M streams."""
