"""PostgreSQL's spelling of the constructs."""
