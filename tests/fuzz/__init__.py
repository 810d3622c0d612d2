"""Fuzzing what clients may write into a query: `make fuzz`."""
