"""The machinery, once: commands and queries, sealing, derived fields, reactions, accounts."""
