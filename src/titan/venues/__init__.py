"""Real venues and what they left behind: decoders of their wire formats and of recorded series. Uses `market`, `model`."""
