"""PocketBase's data folder: read by an import, written by an export."""
