"""The door: what a person types. Commands read options, call `runtime` and say what happened."""
