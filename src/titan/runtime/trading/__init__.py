"""A run on live market data: its plan, its markets, who takes its orders, its life and what it tells."""
