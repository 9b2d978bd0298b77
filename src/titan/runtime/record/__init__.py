"""Records live market data into tapes, by venue, instrument and day."""
