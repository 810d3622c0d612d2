"""The product: a community of holographic cards, declared service by service."""
