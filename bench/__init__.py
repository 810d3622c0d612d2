"""Measuring Holobase, and PocketBase beside it, with the same requests on the same machine."""
