"""Executions that take several steps. Each step is journalled before the next one begins."""
