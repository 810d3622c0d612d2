"""Asking other servers with httpx."""

from holobase.adapters.http_client.fetcher import HttpFetcher

__all__ = ["HttpFetcher"]
