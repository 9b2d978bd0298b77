"""Runs on live data, decided again from their tape and their journal, and compared entry by entry."""
