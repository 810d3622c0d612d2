"""Holobase: the backend of a holographic-card community.

Outside it speaks PocketBase's web API; inside every write is an event in an append-only log.
Read ARCHITECTURE.md first, then one `community/*/collections.py`.
"""

__version__ = "0.1.0"
