"""View collections: one SELECT in SQLite's SQL, understood by a parser and built anew.

`text` parses, `reading` says what may be read, `values`, `functions` and `queries` turn the tree
into clauses of this compiler, so that both stores answer alike; `fields` says what the columns are.
Only what is understood is built: nothing of the text itself reaches a store.
"""

from holobase.rules.views.errors import BadView
from holobase.rules.views.fields import Columns, Origin, inferred
from holobase.rules.views.text import renamed

__all__ = ["BadView", "Columns", "Origin", "inferred", "renamed"]
