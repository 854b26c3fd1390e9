"""The first view: an Award explained in a minute, with the numbers of one that the reader has."""

from collections.abc import Iterable
from typing import Any

from awards.queries import Holding
from awards.what_next import next_vest


def first_view(mine: Iterable[Holding]) -> dict[str, Any]:
    """The Award that shows most: that which pays most; else the newest that can be exercised, or has yet to vest.

    One whose Award Letter has not been issued is not the Grantee's yet to be explained (Exhibit A).
    """
    issued = [holding for holding in mine if holding.award.letter_issued_at]
    explained = max(issued, key=_shows, default=None)
    return {"explained": explained, "explained_vest": next_vest([explained]) if explained else None}


def _shows(holding: Holding) -> tuple[Any, ...]:
    stands, award = holding.standing, holding.award
    return holding.value or 0, holding.exercisable > 0, stands.unvested > 0, award.award_date, award.pk
