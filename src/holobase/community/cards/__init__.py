"""Making, showing and collecting cards."""
