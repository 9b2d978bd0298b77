"""The heart: pumps tape rows until something wakes, and calls decide. Knows no mode."""
