"""Until when a notice gets which Exercise Date, for a page (§2.5, I6, I7). The rules are the Agreement's."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from awards.agreement.exercise_date import cut_off, exercise_date
from awards.market.calendar import NewYorkCalendar
from config.clock import new_york_date


@dataclass(frozen=True, slots=True)
class CutOff:
    """A notice received until `at`, that instant included, has the Exercise Date `exercise_date`.

    One after it has `exercise_date_after`, or comes too late: then it is None. `traded_until` is the close of today,
    passed or to come; None on a day without trading.
    """

    now: datetime
    at: datetime
    exercise_date: date
    exercise_date_after: date | None
    traded_until: datetime | None
    closes_early: bool

    @property
    def is_today(self) -> bool:
        return self.at == self.traded_until

    @property
    def is_last_moment(self) -> bool:
        """Whether it is the Award's last moment too."""
        return self.exercise_date_after is None

    @property
    def left(self) -> timedelta:
        """Time that really passes until then, whatever the clocks do in between."""
        return self.at.astimezone(UTC) - self.now.astimezone(UTC)

    @property
    def milliseconds_left(self) -> int:
        return self.left // timedelta(milliseconds=1)

    @property
    def left_in_words(self) -> str:
        return in_words(self.left)


def cut_off_at(now: datetime, *, last_moment: datetime, calendar: NewYorkCalendar) -> CutOff | None:
    """The cut-off of a notice for an Award that can be exercised until `last_moment`; None where now is too late."""
    today, at = new_york_date(now), cut_off(now, calendar)
    if at > last_moment:
        return None
    after = calendar.next_trading_day(new_york_date(at))
    traded = calendar.is_trading_day(today)
    return CutOff(
        now=now,
        at=at,
        exercise_date=exercise_date(now, calendar),
        exercise_date_after=after if at < last_moment else None,
        traded_until=calendar.close_at(today) if traded else None,
        closes_early=calendar.closes_early(today),
    )


def in_words(left: timedelta) -> str:
    """The two largest units: `2 days and 3 hours`, `59 minutes`. What is left over of the smaller is left out."""
    minutes = left // timedelta(minutes=1)
    days, hours, minutes = minutes // (24 * 60), minutes // 60 % 24, minutes % 60
    parts = [
        ngettext("%(count)d day", "%(count)d days", days) % {"count": days} if days else "",
        ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours} if hours else "",
        ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes} if minutes else "",
    ]
    first, *more = [part for part in parts if part][:2] or [_("less than a minute")]
    return _("%(first)s and %(second)s") % {"first": first, "second": more[0]} if more else first
