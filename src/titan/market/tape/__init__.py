"""The tape: time-ordered rows of everything the market said. One format, recorded live and read in backtests."""
