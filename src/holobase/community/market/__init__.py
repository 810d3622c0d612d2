"""Templates: publishing, reviewing, remixing."""
