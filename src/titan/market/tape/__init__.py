"""The tape: time-ordered rows of all the market said. One format, recorded live and read in backtests."""
