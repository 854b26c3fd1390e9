"""The two drawings: where bands, lines and marks stand, and that no words touch each other.

1,000 OSOs of 2005-07-01, whose term of 1,461 days ends on 2009-07-01.
"""

from dataclasses import replace
from itertools import combinations, pairwise
from types import SimpleNamespace

import pytest

from awards.actions.lapses import write_lapses
from awards.market.calendar import trading_calendar
from awards.models import Award
from awards.queries import Holding, holdings
from awards.timeline.across import NARROWEST, Place
from awards.timeline.timeline import Timeline, timeline
from tests import builders as given
from tests.awards.timeline.test_moments import exercise

pytestmark = pytest.mark.django_db


@pytest.fixture
def award() -> Award:
    return given.granted_award(options=1000)


def holding(award: Award, on: str) -> Holding:
    (found,) = holdings(Award.objects.filter(pk=award.pk), on=given.day(on), calendar=trading_calendar())
    return found


def drawn(award: Award, on: str) -> Timeline:
    return timeline(holding(award, on))


def exercised(award: Award, on: str, days: list[str]) -> Timeline:
    """With an exercise of 10 OSOs on each of those days."""
    held = holding(award, on)
    more = [
        SimpleNamespace(
            kind="exercised",
            options=-10,
            outstanding_after=1000 - 10 * number,
            effective_on=given.day(day),
            note=f"EX-{number:06d}",
        )
        for number, day in enumerate(days, start=1)
    ]
    return timeline(replace(held, entries=[*held.entries, *more]))


class TestAcross:
    def test_bands_stand_on_each_other_from_their_day_to_the_lapse(self, award):
        chart = drawn(award, "2006-10-01").across
        # 364 of 1,461 days to 2006-06-30, 456 to 2006-09-30: 249 and 312 thousandths. 176 pixels for 1,000 OSOs.
        first, second, *_ = chart.bands
        assert (first.kind, first.x, first.width, first.height) == ("vested", "24.9%", "75.1%", "88")
        assert (second.x, second.width, second.height) == ("31.2%", "68.8%", "22")
        assert int(first.y) + 88 == chart.bottom
        assert int(second.y) + 22 == int(first.y)
        assert [band.kind for band in chart.bands] == ["vested", "vested", "vests", "vests", "vests"]
        assert int(chart.bands[-1].y) == chart.bottom - 176

    def test_lines_are_today_the_last_moment_and_the_lapse(self, award):
        lines = {place.moment.kind: place for place in drawn(award, "2006-10-01").across.lines}
        # 457 of 1,461 days.
        assert {kind: place.x for kind, place in lines.items()} == {
            "today": "31.2%",
            "last": "100.0%",
            "lapse": "100.0%",
        }
        assert lines["last"].words == "Last moment to exercise · Jul 1, 2009, 4:00 PM EDT"
        assert lines["today"].y > max(lines["last"].y, lines["lapse"].y)

    def test_a_today_that_is_over_is_not_drawn_but_told(self, award):
        found = drawn(award, "2010-01-04")
        assert "today" not in found.kinds
        assert "today" in {row.kind for row in found.moments}

    def test_years_are_named_on_the_axis(self, award):
        ticks = drawn(award, "2006-10-01").across.ticks
        assert [str(tick.on) for tick in ticks] == [f"{year}-07-01" for year in range(2005, 2010)]
        assert [tick.anchor for tick in ticks] == ["start", "middle", "middle", "middle", "end"]

    @pytest.mark.parametrize("options", [1, 2, 3, 5, 12, 1000, 25_000_000])
    def test_steps_name_what_there_is_room_for(self, options):
        chart = drawn(given.granted_award(options=options), "2006-10-01").across
        heights = [place.y for place in chart.steps]
        assert all(lower - higher >= 16 for lower, higher in pairwise(heights))
        assert chart.steps[-1].words.endswith(f"{options:,}")

    @pytest.mark.parametrize("count", [1, 2, 5, 8])
    def test_marks_on_neighbouring_days_have_lanes_of_their_own(self, award, count):
        days = [f"2006-10-{day:02d}" for day in range(2, 2 + count)]
        marks = exercised(award, "2007-01-02", days).across.marks
        assert [mark.words for mark in marks] == [f"Oct {day}, 2006 · Exercised: 10" for day in range(2, 2 + count)]
        assert len({mark.y for mark in marks}) == count

    def test_marks_far_apart_share_a_lane(self, award):
        marks = exercised(award, "2009-01-02", ["2006-01-03", "2009-07-01"]).across.marks
        assert len({mark.y for mark in marks}) == 1

    def test_more_than_eight_are_marks_without_words(self, award):
        days = [f"2006-10-{day:02d}" for day in range(2, 11)]
        found = exercised(award, "2007-01-02", days)
        assert [mark.words for mark in found.across.marks] == [""] * 9
        assert sum(row.kind == "exercised" for row in found.moments) == 9

    @pytest.mark.parametrize(
        "days",
        [
            ["2006-07-03", "2006-07-05", "2006-08-01", "2007-01-03"],
            ["2009-06-29", "2009-06-30", "2009-07-01"],
            ["2006-07-03", "2006-12-01", "2007-06-01", "2007-12-03", "2008-06-02", "2008-12-01", "2009-05-01"],
        ],
    )
    def test_no_words_touch_at_the_narrowest(self, award, days):
        marks = exercised(award, "2009-07-01", days).across.marks
        for one, other in combinations(marks, 2):
            if one.y == other.y:
                (_, left), (right, _) = sorted([_span(one), _span(other)])
                assert left <= right


def _span(place: Place) -> tuple[int, int]:
    x = int(float(place.x.rstrip("%")) * NARROWEST / 100)
    needs = len(place.words) * 7
    return (x - needs, x) if place.anchor == "end" else (x, x + needs)


class TestDown:
    def test_bands_stand_beside_each_other(self, award):
        first, second, *_ = drawn(award, "2006-10-01").down.bands
        # 12 pixels above, 460 for the time, 48 for 1,000 OSOs.
        assert (first.x, first.width, first.y, first.height) == ("0", "24", str(12 + 114), str(460 - 114))
        assert (second.x, second.width, second.y) == ("24", "6", str(12 + 143))

    def test_long_words_are_broken_before_their_figure(self):
        found = drawn(given.granted_award(options=100_000_000), "2006-10-01").down.words[1]
        assert [text for _, text in found.lines] == ["Jun 30, 2006", "Vested: 50,000,000"]
        given.ceased(Award.objects.get().grantee, "2006-10-02")
        write_lapses(through=given.day("2006-10-02"), now=given.instant("2006-10-03"))
        (lapsed,) = [row for row in drawn(Award.objects.get(), "2006-10-03").down.words if row.moment.kind == "lapsed"]
        assert [text for _, text in lapsed.lines] == ["Oct 2, 2006", "Lapsed unvested", "37,500,000"]

    def test_words_are_pushed_below_each_other_and_stay_in_order(self, award):
        chart = drawn(award, "2009-06-30").down
        lines = [y for row in chart.words for y, _ in row.lines]
        assert all(after - before >= 16 for before, after in pairwise(lines))
        assert chart.height >= lines[-1]
        assert all(row.elbow >= row.y for row in chart.words)

    def test_last_moment_has_its_time(self, award):
        (last,) = [row for row in drawn(award, "2006-10-01").down.words if row.moment.kind == "last"]
        assert [text for _, text in last.lines] == ["Jul 1, 2009", "4:00 PM EDT", "Last moment to exercise"]


class TestLegend:
    def test_names_each_mark_once(self, award):
        exercise(award, 100, "2006-10-02")
        assert drawn(award, "2006-10-03").legend == [
            ("exercised", "Exercised"),
            ("today", "Today"),
            ("last", "Last moment to exercise"),
            ("lapse", "Lapse"),
        ]
