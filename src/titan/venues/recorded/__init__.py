"""Readers of recorded market data: bars, trades, polls and raw socket captures, as rows of a tape."""
