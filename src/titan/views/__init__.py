"""The read model: what a run says of itself, and a replica of its state rebuilt from its journal."""
