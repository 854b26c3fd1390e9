"""What the agreement's arithmetic costs: `python tests/benchmarks/bench_agreement.py` prints medians of seven repeats.

Targets: a schedule for one grant under 15 µs, a worksheet under 60 µs once its closes are at hand. Beyond them it exits
with 1.
"""

import statistics
import sys
import timeit
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from awards.agreement.employment import Cessation, Employment
from awards.agreement.standing import standing
from awards.agreement.vesting import vested, vesting_schedule
from awards.agreement.worksheet import Closes, WindowClose, worksheet
from tests.benchmarks.rows import Row

REPEATS, CALLS = 7, 5000
AWARD_DATE, EXERCISE_DATE = date(2006, 4, 1), date(2007, 4, 2)
WINDOW = """
    2007-03-19 1402.06 6.22  2007-03-20 1410.94 6.18  2007-03-21 1435.04 6.17  2007-03-22 1434.54 6.17
    2007-03-23 1436.11 6.18  2007-03-26 1437.50 6.22  2007-03-27 1428.61 6.13  2007-03-28 1417.23 6.03
    2007-03-29 1422.53 6.00  2007-03-30 1420.86 6.10"""
WORDS = WINDOW.split()
CLOSES = Closes(
    period_start=date(2006, 3, 31),
    sp_start=Decimal("1294.87"),
    stock_start=Decimal("5.18"),
    window=tuple(
        WindowClose(date.fromisoformat(day), Decimal(sp500), Decimal(stock))
        for day, sp500, stock in zip(WORDS[::3], WORDS[1::3], WORDS[2::3], strict=True)
    ),
)
INITIAL_PRICE = Decimal("5.18")
LEFT = Employment(ceased_on=date(2006, 9, 29), cessation=Cessation.OTHER)


def one_worksheet() -> object:
    return worksheet(
        award_date=AWARD_DATE, initial_price=INITIAL_PRICE, options=5000, exercise_date=EXERCISE_DATE, closes=CLOSES
    )


def one_standing() -> object:
    return standing(award_date=AWARD_DATE, options=1002, unlapsed=1002, on=EXERCISE_DATE, employment=LEFT)


# name, call, target in µs or None
BENCHMARKS: list[tuple[str, Callable[[], object], int | None]] = [
    ("vesting_schedule", lambda: vesting_schedule(award_date=AWARD_DATE, options=1002), 15),
    ("vesting_schedule, month's end", lambda: vesting_schedule(award_date=date(2005, 8, 31), options=1002), 15),
    ("vested", lambda: vested(award_date=AWARD_DATE, options=1002, on=EXERCISE_DATE), None),
    ("standing, after leaving", one_standing, None),
    ("worksheet", one_worksheet, 60),
    ("worksheet with its steps", lambda: one_worksheet().steps(), None),
]


def median_microseconds(call: Callable[[], object]) -> float:
    return statistics.median(timeit.repeat(call, number=CALLS, repeat=REPEATS)) / CALLS * 1e6


def rows() -> Iterable[Row]:
    for name, call, target in BENCHMARKS:
        if target is not None:
            taken = median_microseconds(call)
            yield Row(name, "a fixed time", taken, target, unit=" µs", detail=f"median of {REPEATS} × {CALLS:,} calls")


def main() -> int:
    measured = list(rows())
    for row in measured:
        print(f"{row.work:<32}{row.measured:8.2f} µs  target ≤ {row.limit}{'' if row.is_met else '  MISSED'}")
    return 0 if all(row.is_met for row in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
