"""What each page of suppositions shows, from one Award and the closes on record. Nothing here decides or writes."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import Any

from awards import valuation
from awards.agreement.consideration import fewest_options
from awards.agreement.employment import Cessation
from awards.agreement.errors import AgreementError
from awards.agreement.lapse import last_exercise_day
from awards.agreement.months import add_months
from awards.agreement.rounding import EXACT
from awards.agreement.standing import Standing
from awards.agreement.worksheet import Worksheet
from awards.leaving import Consequence, consequence
from awards.market.calendar import NewYorkCalendar
from awards.models import Award
from awards.queries import Holding, standing_if, valued_holdings
from awards.vocabulary import told
from awards.what_if.change import Split, split
from awards.what_if.forms import REASONS, ChangeForm, LeaveAllForm, LeaveForm, WaitForm, WhatIfForm
from awards.what_if.suppose import asked_again, supposed
from awards.what_if.surface import surface
from awards.what_if.waiting import a_month_later, tomorrow, trading_day_from, waiting


@dataclass(frozen=True, slots=True)
class Ground:
    """One Award today: what it holds, what it would pay on the closes on record, and until when it can be exercised."""

    holding: Holding
    market: valuation.Market
    calendar: NewYorkCalendar
    now: datetime
    today: date

    @property
    def award(self) -> Award:
        return self.holding.award

    @property
    def sheet(self) -> Worksheet | None:
        return self.holding.worth.worksheet if self.holding.worth else None

    @property
    def most(self) -> int:
        """What is neither exercised nor lapsed, vested or not."""
        return self.holding.left

    @property
    def last_day(self) -> date:
        return last_exercise_day(self.holding.standing.lapse, self.calendar)

    def standing_on(self, on: date) -> Standing:
        """Where the Award will stand on a day to come if nothing happens until then."""
        held = self.holding
        return standing_if(held.award, held.entries, held.employment, on=on, adjustments=held.adjustments)

    @property
    def refusal(self) -> str:
        """Why nothing can be supposed of it, in words; empty when it can."""
        if self.sheet is None:
            return self.holding.value_reason
        return ""


def ground(awards: Any, *, now: datetime, today: date, calendar: NewYorkCalendar) -> Ground | None:
    """The one Award among `awards`; None where there is none."""
    found, market = valued_holdings(awards, on=today, now=now, calendar=calendar)
    return Ground(found[0], market.on_basis_of(now), calendar, now, today) if found else None


def what_if(at: Ground, sheet: Worksheet, form: WhatIfForm) -> dict[str, Any]:
    """The Worksheet of a valid form, what the same OSOs pay on the closes on record, and the surface around both."""
    asked = form.cleaned_data
    stock, index, on, options = asked["stock"], asked["index"], asked["day"], asked["options"]
    try:
        found = supposed(sheet, stock=stock, index=index, exercise_date=on, options=options, calendar=at.calendar)
    except AgreementError as refusal:
        return {"refusal": told(str(refusal))}
    last = sheet.closes.window[-1]
    real = asked_again(sheet, sheet.closes, options=options)
    then = at.standing_on(on)
    points = [(last.stock, last.sp500), *([(stock, index)] if (stock, index) != (last.stock, last.sp500) else [])]
    return {
        "worksheet": found,
        "real": real,
        "difference": EXACT.subtract(found.consideration, real.consideration),
        "is_left": form.is_left,
        "days_to_come": sum(1 for close in found.closes.window if close.day > last.day),
        "exercisable_then": then.exercisable,
        "surface": surface(found, points=points),
        **_amount(found, asked["amount"], at.most),
    }


def _amount(sheet: Worksheet, amount: Decimal | None, most: int) -> dict[str, Any]:
    if amount is None:
        return {}
    fewest = fewest_options(sheet.per_option, amount=amount, most=most)
    pays = asked_again(sheet, sheet.closes, options=fewest or most).consideration
    return {"amount": amount, "fewest": fewest, "fewest_pays": pays, "most": most}


def first_day_to_value(sheet: Worksheet, calendar: NewYorkCalendar) -> date:
    """The first Exercise Date whose Period has a length (I9)."""
    return calendar.next_trading_day(calendar.next_trading_day(sheet.period_start))


def change_days(sheet: Worksheet, calendar: NewYorkCalendar) -> tuple[date, date]:
    """The first and the last Exercise Date that can be compared."""
    return first_day_to_value(sheet, calendar), sheet.exercise_date


def a_month_before(sheet: Worksheet, calendar: NewYorkCalendar) -> date:
    before = trading_day_from(add_months(sheet.exercise_date, -1), calendar)
    return max(before, first_day_to_value(sheet, calendar))


def change(at: Ground, sheet: Worksheet, form: ChangeForm) -> dict[str, Any]:
    """The two days' Worksheets, in today's OSOs and shares, and the change between them in four parts."""
    days = form.cleaned_data["earlier"], form.cleaned_data["later"]
    needs = [(sheet.award_date, on, sheet.terms) for on in days]
    read = valuation.market_for(needs, at.calendar, at.market.adjustments)
    try:
        earlier, later = (
            valuation.value(
                award_date=sheet.award_date,
                initial_price=at.award.initial_price,
                options=sheet.options,
                exercise_date=on,
                market=read,
                terms=sheet.terms,
                basis_on=sheet.exercise_date,
            )
            for on in days
        )
    except AgreementError as refusal:
        return {"refusal": told(str(refusal))}
    parts = split(earlier, later)
    return {
        "earlier": earlier,
        "later": later,
        "earlier_index": earlier.closes.window[-1].sp500,
        "later_index": later.closes.window[-1].sp500,
        "split": parts,
        "bars": bars(earlier, later, parts),
    }


@dataclass(frozen=True, slots=True)
class Bar:
    """A step of the way from one amount to the other: where it lies between the least and the most, in per cent.

    It ends at `ends`, where the next begins.
    """

    name: str
    amount: Decimal
    start: str
    length: str
    ends: str

    @property
    def tone(self) -> str:
        return "down" if self.amount < 0 else "up"


def bars(earlier: Worksheet, later: Worksheet, parts: Split) -> list[Bar]:
    """The earlier amount, each part from where the one before ended, and the later amount."""
    reached = list(accumulate(parts, EXACT.add, initial=earlier.consideration))
    low, width = min(reached), (max(reached) - min(reached)) or Decimal(1)
    places = [10 + int((amount - low) * 980 / width) for amount in reached]
    moved = [
        Bar(name, part, _per_cent(min(start, end)), _per_cent(abs(end - start)), _per_cent(end))
        for (name, part), (start, end) in zip(parts._asdict().items(), pairwise(places), strict=True)
    ]
    first, last = (_per_cent(places[at]) for at in (0, -1))
    return [
        Bar("earlier", earlier.consideration, first, _per_cent(0), first),
        *moved,
        Bar("later", later.consideration, last, _per_cent(0), last),
    ]


def _per_cent(thousandths: int) -> str:
    return f"{thousandths // 10}.{thousandths % 10}%"


def wait_days(at: Ground, sheet: Worksheet) -> tuple[date, date]:
    """The first and the last Exercise Date after the present one."""
    return at.calendar.next_trading_day(sheet.exercise_date), at.last_day


def wait(at: Ground, sheet: Worksheet, form: WaitForm) -> dict[str, Any]:
    """Today's exercise beside a later one on the same closes, and what is exercisable by then."""
    on = form.cleaned_data["until"]
    try:
        found = waiting(sheet, on, at.calendar)
    except AgreementError as refusal:
        return {"refusal": told(str(refusal))}
    then = at.standing_on(on)
    return {"waiting": found, "exercisable_then": then.exercisable}


def usual_wait(at: Ground, sheet: Worksheet) -> date:
    return a_month_later(sheet.exercise_date, at.calendar, at.last_day)


def roll(at: Ground, sheet: Worksheet) -> dict[str, Any]:
    """What leaves and enters the averages at the next Exercise Date."""
    return {"roll": tomorrow(sheet, at.calendar)}


def leave_days(holding: Holding, today: date) -> tuple[date, date]:
    """From today, or the Award Date, to the end of the term or of an employment that is on record to end."""
    ends = holding.employment.ended_on or holding.standing.lapse.lapses_on
    return max(today, holding.award.award_date), ends


def is_ended(holding: Holding, today: date) -> bool:
    """Whether its employment ended before: there is nothing to suppose of it."""
    first, last = leave_days(holding, today)
    return first > last


def exercisable_at(holding: Holding, now: datetime) -> int:
    """What of a holding without values can be exercised at this instant: none after the last moment (I6)."""
    return 0 if now > holding.last_moment else holding.exercisable


def leave(holding: Holding, form: LeaveForm, calendar: NewYorkCalendar) -> list[tuple[Any, Consequence]]:
    """The consequence of each reason, on that day."""
    return [(text, _consequence(holding, reason, form.cleaned_data["day"], calendar)) for reason, text in REASONS]


def leave_all(holdings: list[Holding], form: LeaveAllForm, calendar: NewYorkCalendar) -> dict[str, Any]:
    """The consequence of one reason, for each Award that an employment ending on that day bears on."""
    on, reason = form.cleaned_data["day"], Cessation(form.cleaned_data["reason"])
    found = [
        _consequence(holding, reason, on, calendar)
        for holding in holdings
        if holding.award.award_date <= on <= (holding.employment.ended_on or on)
    ]
    sums = {name: sum(getattr(row, name) for row in found) for name in ("vests", "lapses_at_once", "exercisable")}
    return {"consequences": found, "totals": sums}


def _consequence(holding: Holding, reason: Cessation, on: date, calendar: NewYorkCalendar) -> Consequence:
    return consequence(
        holding.award,
        holding.entries,
        holding.employment.ending(on, reason),
        otherwise=holding.employment,
        on=on,
        adjustments=holding.adjustments,
        calendar=calendar,
    )
