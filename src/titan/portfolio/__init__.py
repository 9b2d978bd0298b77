"""Ledger, NAV, delta, performance: pure and exact."""
