"""Every refusal of the rules: a class, a stable `code`, and a message that the person at the page can read."""

from datetime import date, datetime
from typing import ClassVar

SERIES_NAMES = {"stock": "the Stock", "sp500": "the S&P 500"}


class AgreementError(Exception):
    """The agreement does not allow this, or cannot answer it. `code` is stable; the text may be reworded."""

    code: ClassVar[str] = "agreement"


class InvalidTerms(AgreementError):
    """A version of the agreement whose terms contradict each other."""

    code = "invalid_terms"


class InvalidAward(AgreementError):
    """§1: an Award of fewer than one OSO, or at an Initial Price of zero or less."""

    code = "invalid_award"


class InvalidEmployment(AgreementError):
    """Employment facts that contradict each other."""

    code = "invalid_employment"


class InvalidCloses(AgreementError):
    """Closes that cannot be the ones the agreement names: too few, out of order, not positive."""

    code = "invalid_closes"


class InvalidAdjustment(AgreementError):
    """§6: a capital adjustment that is not a ratio of whole shares, or is asked to run backwards."""

    code = "invalid_adjustment"


class InvalidPayment(AgreementError):
    """§2.6: a Stock portion, a price or an amount that cannot be paid."""

    code = "invalid_payment"


class InvalidWithholding(AgreementError):
    """§9.5: withholding that is not provided for in full, or that the payment cannot bear."""

    code = "invalid_withholding"


class InvalidGrossUp(AgreementError):
    """§7: amounts or marginal rates from which no Gross-Up Payment follows."""

    code = "invalid_gross_up"


class NoDuration(AgreementError):
    """I9: the Period has no length yet, so nothing can be annualized and no exercise is effective."""

    code = "no_duration"

    def __init__(self, period_start: date) -> None:
        super().__init__(
            f"The Period still begins and ends on {period_start}: its Duration is 0.000, "
            "and no exercise is effective before it has a length."
        )
        self.period_start = period_start


class ExerciseDateBeforePeriod(AgreementError):
    """§2.1: the Period would end before it begins."""

    code = "exercise_date_before_period"

    def __init__(self, period_start: date, period_end: date) -> None:
        super().__init__(
            f"The Period would end on {period_end}, before it begins on {period_start}: "
            "the Exercise Date is earlier than the Award."
        )
        self.period_start = period_start
        self.period_end = period_end


class NotATradingDay(AgreementError):
    """§9.1: the day is not one on which the Stock is traded."""

    code = "not_a_trading_day"

    def __init__(self, day: date) -> None:
        super().__init__(f"{day} is not a Trading Day.")
        self.day = day


class LastMomentPassed(AgreementError):
    """I6: the Exercise Date would fall after the last moment to exercise."""

    code = "last_moment_passed"

    def __init__(self, exercise_date: date, last_moment: datetime) -> None:
        super().__init__(
            f"The Exercise Date would be {exercise_date}, but the last moment to exercise was "
            f"{last_moment:%Y-%m-%d %H:%M} New York time."
        )
        self.exercise_date = exercise_date
        self.last_moment = last_moment


class MissingClose(AgreementError):
    """I11: a close that the exchange's calendar says to expect is not recorded. Nothing is interpolated."""

    code = "missing_close"

    def __init__(self, series: str, day: date) -> None:
        name = SERIES_NAMES.get(series, series)
        super().__init__(f"No close of {name} is recorded for {day}, a Trading Day.")
        self.series = series
        self.day = day


class NothingToValue(AgreementError):
    """I13: no day of the look-back gives the Award a value."""

    code = "nothing_to_value"

    def __init__(self) -> None:
        super().__init__("No day of the look-back gives this Award a value: its Period had no length on any of them.")


class NaiveInstant(AgreementError):
    """I7: an instant without a time zone says nothing about the close of trading."""

    code = "naive_instant"

    def __init__(self, received_at: datetime) -> None:
        super().__init__(f"{received_at.isoformat()} names no time zone: the instant of receipt must.")
        self.received_at = received_at


class DateOutOfRange(AgreementError):
    """I1: the calendar ends with the year 9999."""

    code = "date_out_of_range"

    def __init__(self, day: date, months: int) -> None:
        super().__init__(f"{months} months from {day} is a date that the calendar does not have.")
        self.day = day
        self.months = months
