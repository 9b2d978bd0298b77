"""The `titan` command: a file per command group."""
