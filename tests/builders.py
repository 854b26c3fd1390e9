"""What tests need to exist, made by the real actions: `granted_award(options=100)`, `ceased(grantee, "2007-01-31")`.

Days may be given as ISO text. Whatever a test does not name is some fixed plausible value, never today's.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User

from awards.actions import award as award_actions
from awards.actions import capital, decisions, employment, master_agreement, representative
from awards.market.models import ClosingPrice, Series
from awards.models import (
    Award,
    CapitalAdjustment,
    Determination,
    EmploymentFact,
    Grantee,
    MasterAgreement,
    Representative,
)

NEW_YORK = ZoneInfo("America/New_York")
FORM = "Master Award Agreement of July 1, 2005"
Day = str | date


def day(value: Day) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def instant(on: Day, at: str = "11:00") -> datetime:
    """That time of day in New York, in UTC as the portal's clock gives it."""
    return datetime.combine(day(on), time.fromisoformat(at), NEW_YORK).astimezone(UTC)


def person(username: str) -> User:
    """The one user of that name, who signs in with the password "secret"."""
    found = User.objects.filter(username=username).first()
    return found or User.objects.create_user(username, f"{username}@example.com", "secret")


def proposer() -> User:
    return person("proposer")


def approver() -> User:
    return person("approver")


def grantee(username: str = "ada", **given: Any) -> Grantee:
    """The Grantee who signs in as `username`."""
    values = {
        "employee_number": username.upper(),
        "name": username.capitalize(),
        "hired_on": date(2001, 1, 2),
        "jurisdiction": "US",
    }
    return Grantee.objects.get_or_create(user=person(username), defaults={**values, **given})[0]


def agreement(name: str = FORM, *, dated_on: Day = "2005-07-01", **terms: Any) -> MasterAgreement:
    """The version of that name; the 2005 form where nothing is given."""
    return MasterAgreement.objects.filter(name=name).first() or master_agreement.record_master_agreement(
        name=name,
        dated_on=day(dated_on),
        document=f"The text of {name}.".encode(),
        document_type="text/plain",
        by=proposer(),
        now=instant(dated_on),
        **terms,
    )


def proposed_award(
    holder: Grantee | None = None,
    *,
    options: int = 1000,
    award_date: Day = "2005-07-01",
    initial_price: str = "2.03",
    under: MasterAgreement | None = None,
) -> Award:
    return award_actions.propose_award(
        grantee=holder or grantee(),
        master_agreement=under or agreement(),
        award_date=day(award_date),
        options=options,
        initial_price=Decimal(initial_price),
        initial_price_reason="As the Committee resolved.",
        proposed_by=proposer(),
        now=instant(award_date),
    )


def approved_award(holder: Grantee | None = None, **given: Any) -> Award:
    """Proposed by one, approved by another on the Award Date: its ledger is open."""
    proposed = proposed_award(holder, **given)
    return award_actions.approve_award(award=proposed, by=approver(), now=proposed.proposed_at)


def issued_award(holder: Grantee | None = None, **given: Any) -> Award:
    """Approved, and its Award Letter is before the Grantee."""
    approved = approved_award(holder, **given)
    return award_actions.issue_letter(award=approved, by=approver(), now=approved.proposed_at)


def opened_award(holder: Grantee | None = None, **given: Any) -> Award:
    """Issued, and the Grantee has opened the letter."""
    issued = issued_award(holder, **given)
    award_actions.open_letter(award=issued, by=issued.grantee.user, now=issued.proposed_at)
    return issued


def granted_award(holder: Grantee | None = None, **given: Any) -> Award:
    """Approved, issued and accepted on the Award Date: exercisable as it vests."""
    issued = opened_award(holder, **given)
    return award_actions.accept_award(
        award=issued, by=issued.grantee.user, signed_name=issued.grantee.name, now=issued.proposed_at
    )


def ceased(
    holder: Grantee,
    on: Day,
    *,
    reason: EmploymentFact.Reason = EmploymentFact.Reason.OTHER,
    recorded_on: Day | None = None,
) -> EmploymentFact:
    """Recorded at 11:00 on the day itself unless another is named."""
    return _fact(holder, EmploymentFact.Kind.CEASED, on, recorded_on, reason=reason)


def died(holder: Grantee, on: Day, *, recorded_on: Day | None = None) -> EmploymentFact:
    return _fact(holder, EmploymentFact.Kind.DIED, on, recorded_on)


def transferred(holder: Grantee, on: Day, *, recorded_on: Day | None = None) -> EmploymentFact:
    return _fact(holder, EmploymentFact.Kind.TRANSFERRED, on, recorded_on, employer="An Affiliate")


def _fact(holder: Grantee, kind: EmploymentFact.Kind, on: Day, recorded_on: Day | None, **given: Any) -> EmploymentFact:
    return employment.record_fact(
        grantee=holder,
        kind=kind,
        occurred_on=day(on),
        evidence="Personnel file",
        recorded_by=proposer(),
        now=instant(recorded_on or on),
        **given,
    )


def reversed_fact(fact: EmploymentFact, *, on: Day) -> EmploymentFact:
    return employment.reverse_fact(fact=fact, evidence="Entered by mistake", by=proposer(), now=instant(on))


def proposed_determination(
    holder: Grantee,
    kind: Determination.Kind,
    on: Day,
    *,
    decided_on: Day | None = None,
    reverses: Determination | None = None,
) -> Determination:
    """Proposed at 11:00 on the day itself unless another is named; Cause by limb (iii)."""
    return employment.propose_determination(
        grantee=holder,
        kind=kind,
        occurred_on=day(on),
        limb="iii" if kind == Determination.Kind.CAUSE else "",
        evidence="Minutes of the meeting",
        reverses=reverses,
        by=proposer(),
        now=instant(decided_on or on),
    )


def determined(holder: Grantee, kind: Determination.Kind, on: Day, **given: Any) -> Determination:
    """Proposed by one and approved by another."""
    proposed = proposed_determination(holder, kind, on, **given)
    return employment.approve_determination(determination=proposed, by=approver(), now=proposed.proposed_at)


def appointed(
    user: User,
    holder: Grantee,
    *,
    kind: Representative.Kind = Representative.Kind.GUARDIAN,
    from_on: Day = "2005-07-01",
    until_on: Day | None = None,
    award: Award | None = None,
) -> Representative:
    """A representative proposed by one and approved by another on the first day."""
    proposed = representative.propose_representative(
        grantee=holder,
        user=user,
        kind=kind,
        evidence="The court's order",
        from_on=day(from_on),
        until_on=day(until_on) if until_on else None,
        award=award,
        by=proposer(),
        now=instant(from_on),
    )
    return representative.approve_representative(representative=proposed, by=approver(), now=proposed.proposed_at)


def adjusted(effective_on: Day, new: int, old: int, *, decided_on: Day) -> CapitalAdjustment:
    """`new` shares for `old`, approved by another before it takes effect."""
    now = instant(decided_on)
    proposed = capital.propose_adjustment(
        effective_on=day(effective_on), new=new, old=old, description=f"{new}-for-{old}", by=proposer(), now=now
    )
    return capital.approve_adjustment(adjustment=proposed, by=approver(), now=now)


def rejected(decision: Any, *, on: Day) -> Any:
    return decisions.reject(decision, by=approver(), reason="Not as resolved", now=instant(on))


def close(series: Series, on: Day, price: str) -> ClosingPrice:
    """The first revision of a close, recorded that evening."""
    return ClosingPrice.objects.create(
        series=series, trading_day=day(on), close=Decimal(price), source="test", recorded_at=instant(on, "18:00")
    )


def closes(rows: Mapping[str, tuple[str, str]]) -> list[ClosingPrice]:
    """Closes by day: of the S&P 500, then of the Stock."""
    return [
        close(series, on, price)
        for on, prices in rows.items()
        for series, price in zip((Series.SP500, Series.STOCK), prices, strict=True)
    ]


# As traded: what an exercise on 2007-04-02 of an Award of 2006-04-01 at 5.18 rests on. It pays 6,233.80 for 5,000.
CLOSES_2007_04_02 = {
    "2006-03-31": ("1294.87", "5.18"),
    "2007-03-19": ("1402.06", "6.22"),
    "2007-03-20": ("1410.94", "6.18"),
    "2007-03-21": ("1435.04", "6.17"),
    "2007-03-22": ("1434.54", "6.17"),
    "2007-03-23": ("1436.11", "6.18"),
    "2007-03-26": ("1437.50", "6.22"),
    "2007-03-27": ("1428.61", "6.13"),
    "2007-03-28": ("1417.23", "6.03"),
    "2007-03-29": ("1422.53", "6.00"),
    "2007-03-30": ("1420.86", "6.10"),
}
# The close that an exercise after trading on 2007-04-02 waits for: it is priced for 2007-04-03.
CLOSE_OF_2007_04_02 = {"2007-04-02": ("1424.55", "6.07")}


def ledger_of(award: Award) -> list[tuple[str, int, str]]:
    """The ledger's lines: kind, OSOs, and the day on which they took effect."""
    rows = award.entries.order_by("sequence").values_list("kind", "options", "effective_on")
    return [(kind, options, on.isoformat()) for kind, options, on in rows]
