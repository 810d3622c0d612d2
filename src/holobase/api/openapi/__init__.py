"""The OpenAPI document of the collections as they are now, and a page to read and try it."""
