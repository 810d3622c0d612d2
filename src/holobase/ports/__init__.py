"""Promises the engine relies on, one small Protocol a file; adapters keep them."""
