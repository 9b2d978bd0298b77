"""Real venues and what they left behind: decoders of wire formats and of recorded series.

Uses `ports`, `market`, `model`.
"""
