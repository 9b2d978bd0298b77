"""A double of Bybit: v5, spot and linear contracts, unified account."""
