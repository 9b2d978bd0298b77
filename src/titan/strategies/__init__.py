"""A folder a strategy: params.py, step.py (compiled), strategy.py (decide). Uses `market` and `model`."""
