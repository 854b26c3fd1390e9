"""What an exercise that waits for a close would pay on the closes that are known (I8)."""

from datetime import date

from awards.queries import Holding
from awards.what_if.suppose import asked_again


def pays_nothing_on(holding: Holding, options: int, *, on: date) -> date | None:
    """The day of the last known closes, if those of the Exercise Date `on` are not in and on these it pays nothing."""
    sheet = holding.worth.worksheet if holding.worth else None
    if sheet is None or sheet.exercise_date == on:
        return None
    pays = asked_again(sheet, sheet.closes, options=options)
    return None if pays.consideration else sheet.closes.window[-1].day
