"""The wire: PocketBase's web API over the engine, one file per group of endpoints."""
