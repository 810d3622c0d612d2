"""The store on one PostgreSQL schema: log, record tables, a writer in sets and readers."""

from holobase.adapters.postgres.store import PostgresStore

__all__ = ["PostgresStore"]
