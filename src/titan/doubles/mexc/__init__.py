"""MEXC's protocols over a double's world."""
