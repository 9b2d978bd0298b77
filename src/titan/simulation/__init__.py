"""A whole exchange in virtual time: matching, latency, queue, fees, funding, margin. Implements `ports`."""
