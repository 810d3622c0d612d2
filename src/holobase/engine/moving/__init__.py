"""Moving in and out: what another program, or another store, has kept, made one with ours."""
