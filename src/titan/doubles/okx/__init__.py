"""A double of OKX: v5, spot and swaps, multi-currency margin account."""
