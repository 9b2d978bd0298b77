"""Every figure the README quotes, and the peers measured beside it in the same run. `make bench` runs them
all.
"""
