"""What needs a key at OKX's double: orders, algo orders, balances, positions, bills."""
