"""What goes over the wire, one class a document or a row.

Times are milliseconds UTC since 1970 as numbers (`*_ms`), 0 where there is none yet; money is exact, as
text; measures (bps, shares, ages) are numbers. New fields get defaults, none is renamed: clients are older
than we are.
"""
