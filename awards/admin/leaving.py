"""What a fact or a determination does to each Award of a Grantee on its day, for the desk that decides on it."""

from awards.actions.lapses import approved_adjustments
from awards.agreement.errors import InvalidEmployment
from awards.facts import Record, employment_by, record_of
from awards.leaving import Consequence, consequence
from awards.market.calendar import trading_calendar
from awards.models import Award, Determination, EmploymentFact
from awards.queries import for_holdings
from awards.templatetags.figures import day, minute, options


def of_recorded(fact: EmploymentFact) -> list[tuple[str, str]]:
    """For each Award, what follows from a fact on record that ends employment; nothing for one that does not (§9.3)."""
    if fact.kind == EmploymentFact.Kind.TRANSFERRED:
        return []
    record = record_of(fact.grantee)
    without = record._replace(facts=[row for row in record.facts if row != fact])
    return [(row.award.number, sentence(row)) for row in _consequences(fact, record, otherwise=without)]


def of_proposed(determination: Determination) -> list[str]:
    """For each Award, what follows once the determination is approved; nothing where the rules refuse it anyway."""
    record = record_of(determination.grantee)
    supposed = record._replace(determined=[*record.determined, determination])
    try:
        found = _consequences(determination, supposed, otherwise=record)
    except InvalidEmployment:
        return []
    return [f"{row.award.number}: {sentence(row)}" for row in found]


def _consequences(row: EmploymentFact | Determination, record: Record, *, otherwise: Record) -> list[Consequence]:
    adjustments, calendar = approved_adjustments(), trading_calendar()
    awards = Award.objects.approved().filter(grantee=row.grantee, award_date__lte=row.occurred_on)
    return [
        consequence(
            award,
            award.entries.all(),
            employment_by(record, award_date=award.award_date),
            otherwise=employment_by(otherwise, award_date=award.award_date),
            on=row.occurred_on,
            adjustments=adjustments,
            calendar=calendar,
        )
        for award in for_holdings(awards.order_by("award_date", "pk"))
    ]


def sentence(row: Consequence) -> str:
    """The consequence in one line; OSOs as they stood at the end of that day."""
    if row.exercisable:
        until = f"{options(row.exercisable)} can be exercised until {minute(row.last_moment)}"
    else:
        until = "nothing can be exercised from that day on"
    lapse = row.standing.lapse
    return (
        f"{options(row.vests)} OSOs vest and {options(row.lapses_at_once)} lapse on {day(row.on)}; "
        f"{until} (lapse on {day(lapse.lapses_on)}, {lapse.clause})."
    )
