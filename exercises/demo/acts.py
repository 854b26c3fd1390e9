"""What happens again and again in the demo company: an Award is made, exercised and paid. Each act is a story."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from awards.actions import award as award_actions
from awards.actions.master_agreement import accept_agreement
from awards.actions.refusal import Refused
from awards.agreement.acting import Capacity
from awards.agreement.rounding import cents
from awards.market.calendar import NEW_YORK
from awards.models import AgreementAcceptance, Award
from awards.valuation import proposed_initial_price
from exercises.actions import settlement as settling
from exercises.actions.notice import Paper, give_notice
from exercises.actions.review import review_notice
from exercises.actions.reviewed import Reviewed
from exercises.demo.company import Company, moment
from exercises.demo.people import ALICE, LUIS, PRIYA, TOM, Person
from exercises.demo.timeline import Story
from exercises.models import ExerciseNotice


@dataclass(frozen=True, slots=True)
class Sale:
    """An exercise to come: its day, its OSOs, the part paid in Stock, and the last step of its payment."""

    on: date | None
    options: int
    in_stock: Decimal = Decimal(0)
    through: str = "paid"
    by: Person | None = None
    on_paper: bool = False


def hold(company: Company, person: Person, award_date: date, options: int, *sales: Sale) -> Story[None]:
    """An Award from its proposal to its acceptance, and what is exercised of it, in the order of the sales."""
    award = yield from propose(company, person, award_date, options)
    award = yield from issue(company, award)
    award = yield from accept(company, award)
    for sale in sales:
        yield from exercise(company, award, sale)


def propose(company: Company, person: Person, award_date: date, options: int) -> Story[Award]:
    """Proposed on the Award Date, or when the office opens next, at the close before it."""
    at = yield company.office(award_date, "10:15")
    _, price = proposed_initial_price(award_date)
    if price is None:
        raise LookupError(f"no close is recorded before {award_date}")
    return award_actions.propose_award(
        grantee=company.grantee(person),
        master_agreement=company.agreement,
        award_date=award_date,
        options=options,
        initial_price=price,
        proposed_by=company.user(ALICE),
        now=at,
    )


def issue(company: Company, award: Award) -> Story[Award]:
    """Approved by the Committee the day after, and the Award Letter sent the day after that."""
    at = yield company.after(award.proposed_at, "14:30")
    approved = award_actions.approve_award(award=award, by=company.user(PRIYA), now=at)
    at = yield company.after(at, "09:30")
    return award_actions.issue_letter(award=approved, by=company.user(TOM), now=at)


def accept(company: Company, award: Award) -> Story[Award]:
    """Accepted at home two days later, the Master Agreement before the first Award Letter."""
    grantee, user = award.grantee, award.grantee.user
    at = yield _evening_after(award.letter_issued_at)
    if not AgreementAcceptance.objects.filter(grantee=grantee).exists():
        accept_agreement(grantee=grantee, master_agreement=company.agreement, signed_name=grantee.name, by=user, now=at)
        at = yield at + timedelta(minutes=4)
    award_actions.open_letter(award=award, by=user, now=at)
    return award_actions.accept_award(award=award, by=user, signed_name=grantee.name, now=at)


def decline(company: Company, award: Award, reason: str) -> Story[Award]:
    at = yield _evening_after(award.letter_issued_at)
    return award_actions.decline_award(award=award, by=award.grantee.user, reason=reason, now=at)


def _evening_after(at: datetime | None) -> datetime:
    if at is None:
        raise LookupError("there is no letter to answer")
    return moment(at.astimezone(NEW_YORK).date() + timedelta(days=2), "19:40")


def exercise(company: Company, award: Award, sale: Sale) -> Story[None]:
    """Exercised and paid as far as the sale says; left out where it would pay nothing."""
    if sale.on is None or not company.outlook.worth(award.award_date, sale.on):
        return
    notice = yield from (_on_paper if sale.on_paper else _on_the_web)(company, award, sale, sale.on)
    yield from settle(company, notice, sale)


def _on_the_web(company: Company, award: Award, sale: Sale, on: date) -> Story[ExerciseNotice]:
    at = yield moment(on, "11:20")
    return give_web_notice(award, sale.options, company.user(sale.by) if sale.by else award.grantee.user, at)


def give_web_notice(award: Award, options: int, user: Any, at: datetime) -> ExerciseNotice:
    """Reviewed and confirmed at that instant. Raises Refused."""
    review = review_notice(award=award, options=options, given_by=user, now=at)
    if review.exercise_date is None:
        raise Refused(review.refusal)
    return give_notice(
        award=award,
        options=options,
        given_by=user,
        received_at=at,
        form_key=_form_key(award, at),
        now=at,
        reviewed=Reviewed(review.exercise_date, review.consideration),
    )


def _on_paper(company: Company, award: Award, sale: Sale, on: date) -> Story[ExerciseNotice]:
    """Received by post in the morning and entered on the next."""
    received_at = moment(on, "11:10")
    at = yield company.after(received_at, "09:05")
    return give_notice(
        award=award,
        options=sale.options,
        given_by=company.user(ALICE),
        received_at=received_at,
        form_key=_form_key(award, received_at),
        now=at,
        paper=Paper(ExerciseNotice.Channel.PAPER, "Letter with the stamp of receipt, folder 14", Capacity.GRANTEE),
    )


def _form_key(award: Award, at: datetime) -> UUID:
    return uuid5(NAMESPACE_OID, f"{award.pk} {at.isoformat()}")


def settle(company: Company, notice: ExerciseNotice, sale: Sale) -> Story[None]:
    """Priya chooses, Luis provides, Tom approves, Luis pays: a step a day, to the one the sale names."""
    if sale.through == "priced":
        return
    at = yield company.after(notice.recorded_at, "10:40")
    portion = cents(notice.pricing.consideration * sale.in_stock)
    settlement = settling.choose_settlement(notice=notice, stock_portion=portion, by=company.user(PRIYA), now=at)
    if sale.through == "chosen":
        return
    at = yield company.after(at, "13:15")
    settling.provide_withholding(settlement=settlement, taken_from={}, by=company.user(LUIS), now=at)
    if sale.through == "provided":
        return
    at = yield company.after(at, "09:50")
    settling.approve_settlement(settlement=settlement, by=company.user(TOM), now=at)
    if sale.through == "approved":
        return
    at = yield company.after(at, "12:00")
    reference = f"Demonstration transfer {notice.pk:04d}"
    settling.record_payment(settlement=settlement, reference=reference, by=company.user(LUIS), now=at)
