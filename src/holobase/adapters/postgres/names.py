"""Names of tables, columns and indexes as PostgreSQL takes them: the same in DDL and statements."""

from holobase.rules.dialect.names import identifier

__all__ = ["identifier"]
