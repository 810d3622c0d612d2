"""Small facts about time, ids and JSON that every floor shares; no I/O, no state."""
