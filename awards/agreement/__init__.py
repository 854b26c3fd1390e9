"""The Outperform Stock Option Master Award Agreement in code: exact, and without Django, a clock or any I/O.

One module per part of the agreement. `§` cites the agreement's own sections, `I1`… the readings that
docs/interpretations.md publishes.
"""
