"""MEXC's contracts: a protocol of their own beside spot."""
