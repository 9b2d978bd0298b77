"""Doubles of the venues: servers that speak a venue's REST and WebSocket protocols over our matching engine.

Uses `simulation`, `market`, `ports`, `model`. Knows nothing of `venues`: a double that shared code with our
own clients would share their mistakes.
"""
