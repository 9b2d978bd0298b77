"""One WebSocket client for all venues: connections, how often they may be opened, and why one failed.

Nothing here knows a venue or decides anything; `venues.live` does.
"""
