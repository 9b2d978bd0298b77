"""Gates: pure checks between intent and order."""
