"""Granting an Award: proposed → approved → letter issued → accepted or declined (§1, Exhibit A)."""

import hashlib
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from awards.actions import audit, decisions, lapses, ledger, telling
from awards.actions.refusal import Refused
from awards.documents.letter import letter
from awards.market.models import CLOSE_LIMIT, ClosingPrice, plain
from awards.models import Award, AwardLetter, Grantee, LetterSignature, MasterAgreement, OptionEntry
from awards.valuation import proposed_initial_price

# What the column holds on every database, with room for a 20-for-1 split.
MOST_OPTIONS = 100_000_000
SMALLEST_PRICE = Decimal("0.000001")


class AwardBeforeAgreement(Refused):
    """The Award Date is earlier than the Master Agreement it would be under (§1)."""

    code = "award_before_agreement"


class AwardImpossible(Refused):
    """No Award can have this number of OSOs or this Initial Price (§1)."""

    code = "award_impossible"


class InitialPriceUnexplained(Refused):
    """The Initial Price differs from the proposed close, or there is none, and no reason is given."""

    code = "initial_price_unexplained"


class NotAwaitingThis(Refused):
    """The Award is at another step: approved before a letter, issued before an answer, answered once."""

    code = "not_awaiting_this"


class NotTheGrantee(Refused):
    """Only the Grantee answers an Award Letter."""

    code = "not_the_grantee"


class NotSigned(Refused):
    """An acceptance is signed with the Grantee's name."""

    code = "not_signed"


class LetterNotOpened(Refused):
    """A letter is accepted by somebody who has not opened its document."""

    code = "letter_not_opened"


@transaction.atomic
def propose_award(
    *,
    grantee: Grantee,
    master_agreement: MasterAgreement,
    award_date: date,
    options: int,
    initial_price: Decimal,
    proposed_by: Any,
    now: datetime,
    initial_price_reason: str = "",
) -> Award:
    """Propose an Award (§1) of whole OSOs. `initial_price` is in dollars a share, at most six places.

    One that is not the proposed close needs its reason. Raises AwardImpossible, AwardBeforeAgreement,
    InitialPriceUnexplained.
    """
    _require_possible(options, initial_price)
    if award_date < master_agreement.dated_on:
        raise AwardBeforeAgreement(f"{master_agreement} is for Awards on or after {master_agreement.dated_on}.")
    close, price = proposed_initial_price(award_date)
    if price != initial_price and not initial_price_reason.strip():
        raise InitialPriceUnexplained(_unexplained(close, price, initial_price))
    award = Award(
        grantee=grantee,
        master_agreement=master_agreement,
        award_date=award_date,
        options=options,
        initial_price=initial_price,
        proposed_close=close,
        initial_price_reason=initial_price_reason.strip(),
    )
    said = {"grantee": grantee.pk, "award_date": award_date, "options": options, "initial_price": initial_price}
    return decisions.propose(award, by=proposed_by, now=now, said=said)


def _require_possible(options: int, initial_price: Decimal) -> None:
    if not 1 <= options <= MOST_OPTIONS:
        raise AwardImpossible(f"An Award is of at least one OSO and at most {MOST_OPTIONS:,}.")
    if not (initial_price.is_finite() and 0 < initial_price < CLOSE_LIMIT):
        raise AwardImpossible("The Initial Price is above zero and below one thousand million.")
    # The column would round it without a word.
    if initial_price != initial_price.quantize(SMALLEST_PRICE):
        raise AwardImpossible("The Initial Price has at most six decimals.")


def _unexplained(close: ClosingPrice | None, price: Decimal | None, initial_price: Decimal) -> str:
    if close is None:
        return "No close is recorded for the Trading Day before the Award Date: say where the Initial Price is from."
    was = plain(price) if price is not None else close
    return f"The close on {close.trading_day} was {was}. Say why the Initial Price is {plain(initial_price)}."


@transaction.atomic
def approve_award(*, award: Award, by: Any, now: datetime) -> Award:
    """Approve a proposed Award and open its ledger. Raises OwnInterest, SamePerson, AlreadyDecided."""
    # The Grantee first: a fact recorded meanwhile would not find this Award, nor this Award the fact.
    holder = Grantee.objects.select_for_update().get(pk=award.grantee_id)
    if holder.user_id == by.pk:
        raise decisions.OwnInterest("Nobody approves an Award of their own. Ask a colleague.")
    approved = decisions.approve(award, by=by, now=now)
    ledger.append(
        approved,
        kind=OptionEntry.Kind.GRANTED,
        options=approved.options,
        effective_on=approved.award_date,
        cause="grant",
        now=now,
        by=by,
    )
    lapses.restate_next_lapse(approved)
    return approved


@transaction.atomic
def issue_letter(*, award: Award, by: Any, now: datetime) -> Award:
    """Sign the Award Letter for the Company, keep the very document, and put it before the Grantee.

    Raises NotAwaitingThis.
    """
    held = ledger.locked(award)
    if not held.is_approved or held.letter_issued_at:
        raise NotAwaitingThis(f"{held.number} is {held.state}: its letter is issued once, after approval.")
    held.letter_issued_by, held.letter_issued_at = by, now
    held.save(update_fields=["letter_issued_by", "letter_issued_at"])
    kept = _keep_letter(held, by, now)
    audit.record(
        actor=by, action="letter issued", subject=held, at=now, after={"document_sha256": kept.document_sha256}
    )
    telling.tell_letter_issued(held, now=now)
    return held


def _keep_letter(award: Award, by: Any, now: datetime) -> AwardLetter:
    document = letter(award, issued_by=by, issued_at=now).pdf()
    digest = hashlib.sha256(document).hexdigest()
    return AwardLetter.objects.create(award=award, document=document, document_sha256=digest, made_at=now)


@transaction.atomic
def open_letter(*, award: Award, by: Any, now: datetime) -> AwardLetter:
    """The letter's document, for whoever may see the Award; that the Grantee opened it is kept. Raises NotAwaitingThis.

    Opening it again changes nothing.
    """
    kept = AwardLetter.objects.select_related("award__grantee").filter(award=award).first()
    if kept is None:
        raise NotAwaitingThis(_("%(number)s has no Award Letter yet.") % {"number": award.number})
    if kept.award.grantee.user_id == by.pk:
        is_first = kept.openings.get_or_create(opened_by=by, defaults={"opened_at": now})[1]
        if is_first:
            audit.record(actor=by, action="letter opened", subject=kept.award, at=now)
    return kept


@transaction.atomic
def accept_award(*, award: Award, by: Any, signed_name: str, now: datetime, address: str | None = None) -> Award:
    """The Grantee accepts the Award Letter: signs its very document, from an `address` where one is known.

    Raises NotTheGrantee, NotAwaitingThis, LetterNotOpened, NotSigned.
    """
    held = _awaiting_answer(award, by)
    if not signed_name.strip():
        raise NotSigned(_("Sign with your name."))
    signed = _sign_letter(held, by, signed_name.strip(), now, address)
    held.accepted_by, held.accepted_at, held.signed_name = by, now, signed_name.strip()
    held.save(update_fields=["accepted_by", "accepted_at", "signed_name"])
    said = {"signed_name": held.signed_name, "document_sha256": signed.document_sha256, "address": address}
    audit.record(actor=by, action="accepted", subject=held, at=now, after=said)
    return held


def _sign_letter(award: Award, by: Any, signed_name: str, now: datetime, address: str | None) -> LetterSignature:
    kept = AwardLetter.objects.defer("document").filter(award=award).first()
    if kept is None or not kept.openings.filter(opened_by=by).exists():
        raise LetterNotOpened(_("Open the Award Letter first: your signature is to that very document."))
    return LetterSignature.objects.create(
        letter=kept,
        signed_name=signed_name,
        document_sha256=kept.document_sha256,
        address=address,
        signed_by=by,
        signed_at=now,
    )


@transaction.atomic
def decline_award(*, award: Award, by: Any, reason: str, now: datetime) -> Award:
    """The Grantee declines the Award Letter; its OSOs are cancelled.

    Raises NotTheGrantee, NotAwaitingThis, ReasonMissing.
    """
    held = _awaiting_answer(award, by)
    if not reason.strip():
        raise decisions.ReasonMissing(_("Say why you decline."))
    # What had lapsed by yesterday lapsed; the rest is cancelled.
    lapses.bring_up_to_date(held, through=_today(now) - timedelta(days=1), now=now, by=by)
    held.declined_by, held.declined_at, held.decline_reason = by, now, reason.strip()
    held.save(update_fields=["declined_by", "declined_at", "decline_reason"])
    if held.outstanding:
        ledger.append(
            held,
            kind=OptionEntry.Kind.CANCELLED,
            options=-held.outstanding,
            effective_on=max(held.award_date, _today(now)),
            cause="declined",
            now=now,
            by=by,
            note="Declined by the Grantee",
        )
    audit.record(actor=by, action="declined", subject=held, at=now, reason=held.decline_reason)
    return held


def _awaiting_answer(award: Award, by: Any) -> Award:
    held = ledger.locked(award)
    if by.pk is None or held.grantee.user_id != by.pk:
        raise NotTheGrantee(_("Only the Grantee answers an Award Letter."))
    if not held.awaits_acceptance:
        raise NotAwaitingThis(
            _("%(number)s is not waiting for an answer: there is no letter to answer.") % {"number": held.number}
        )
    return held


def _today(now: datetime) -> date:
    return now.astimezone(audit.NEW_YORK).date()
