"""The rule and filter language: text to a checked expression, to SQL for either store.

Stages, one file each: lexer, parser, names and resolve (names to typed operands), expression (to
SQL). `dialect` holds what stores spell differently, `parameters` what requests supply.
"""

from holobase.rules.errors import RuleError
from holobase.rules.expression import Expression, compile_expression
from holobase.rules.parameters import parameter
from holobase.rules.parser import COMPARISONS_MAX
from holobase.rules.resolve import Access
from holobase.rules.sort import Sort, compile_sort

__all__ = [
    "COMPARISONS_MAX",
    "Access",
    "Expression",
    "RuleError",
    "Sort",
    "compile_expression",
    "compile_sort",
    "parameter",
]
