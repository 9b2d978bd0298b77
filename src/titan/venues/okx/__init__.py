"""OKX: instrument rules."""
