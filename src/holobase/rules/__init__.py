"""The rule and filter language: text to a checked expression, to SQL for either store.

Stages, one file each: lexer, parser, resolve (names to typed operands), sql.
"""
