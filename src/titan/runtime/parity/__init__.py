"""A run on live data beside a backtest of the very tape that it heard: what differs, and why."""
