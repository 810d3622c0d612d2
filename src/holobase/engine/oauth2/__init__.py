"""Login by other services: who they are (`providers`), what they tell of people (`people`), where
a login begins (`offers`), how a code becomes a person (`protocol`, `id_tokens`, `documents`), and
whose account that is (`linking`, `flow`).
"""
