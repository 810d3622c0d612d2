"""The rule and filter language: text to a checked expression, to SQL for either store
or to a predicate in memory, which gives the same answers.

Stages, one file each: lexer, parser, names and resolve (names to typed operands), expression (to
SQL) and predicate (in memory). `dialect` holds what stores spell differently, `parameters` what
requests supply.
"""

from holobase.rules.errors import RuleError
from holobase.rules.expression import Expression, compile_expression
from holobase.rules.parameters import parameter
from holobase.rules.parser import COMPARISONS_MAX
from holobase.rules.predicate import Predicate
from holobase.rules.predicate_frame import ById, Cells, Found, Referring, Wanted
from holobase.rules.resolve import Access
from holobase.rules.sort import Sort, compile_sort, last_tie

__all__ = [
    "COMPARISONS_MAX",
    "Access",
    "ById",
    "Cells",
    "Expression",
    "Found",
    "Predicate",
    "Referring",
    "RuleError",
    "Sort",
    "Wanted",
    "compile_expression",
    "compile_sort",
    "last_tie",
    "parameter",
]
