"""Titan: several crypto strategies, one pot of capital, one risk authority."""

__version__ = "0.1.0"
