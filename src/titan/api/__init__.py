"""The gateway: what a run is, over HTTP and WebSocket, and what an operator may ask of it.

It reads what a run writes and shares no memory with it (docs/decisions/0022).
"""
