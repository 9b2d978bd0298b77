"""Sentinel: market-neutral basis and funding arbitrage. Long spot, short perp; price cancels, basis and
funding remain.
"""
