"""Rows of the keyed tables, made of what the run says of itself."""
