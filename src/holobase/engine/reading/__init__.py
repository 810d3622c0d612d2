"""The read side of records: lists and single records for somebody.

`queries` says what may be asked, `statements` compiles it, `cursors` keeps the place of somebody
who reads on, `reader` runs it all and shows what was found.
"""

from holobase.engine.reading.cursors import Cursors
from holobase.engine.reading.queries import PER_PAGE_MAX, Page, PageQuery, Stretch
from holobase.engine.reading.reader import Reading

__all__ = ["PER_PAGE_MAX", "Cursors", "Page", "PageQuery", "Reading", "Stretch"]
