"""Every constraint of every table is refused by the database itself, and every one has its refusal here."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction

from awards.market.models import HeldClose
from awards.models import (
    AgreementAcceptance,
    AuditEvent,
    AuditSeal,
    Award,
    AwardLetter,
    CalendarFeed,
    CapitalAdjustment,
    Determination,
    EmploymentFact,
    Grantee,
    LetterOpening,
    LetterSignature,
    MasterAgreement,
    Message,
    OptionEntry,
    OutboxMessage,
    Preferences,
    Question,
    Representative,
)
from exercises.models import (
    ExerciseNotice,
    JobRun,
    JobSlice,
    PinnedClose,
    Pricing,
    Settlement,
    Statement,
    WithholdingLine,
    WithholdingRate,
)
from tests import builders as given

pytestmark = pytest.mark.django_db

APPS = ("awards", "market", "exercises")
# These have their refusals, each by its name, in a file of their own.
ELSEWHERE = {"market": Path(__file__).parent / "awards/market/test_models.py"}
AT = given.instant("2006-07-03")
ON = date(2006, 7, 3)
KEY, OTHER_KEY = UUID(int=1), UUID(int=2)
DECISIONS = ("award", "capitaladjustment", "determination", "representative")
Row = Callable[..., models.Model]


def saved(row: Any) -> Any:
    row.save(force_insert=True)
    return row


def by_proposer(step: str) -> dict[str, Any]:
    return {f"{step}_by": given.proposer(), f"{step}_at": AT}


def by_approver(step: str) -> dict[str, Any]:
    return {f"{step}_by": given.approver(), f"{step}_at": AT}


def grantee(**changed: Any) -> Grantee:
    values = {"user": given.person("grace"), "employee_number": "G", "name": "Grace", "hired_on": ON}
    return Grantee(**{**values, **changed})


def award(**changed: Any) -> Award:
    values = {
        "grantee": given.grantee(),
        "master_agreement": given.agreement(),
        "award_date": ON,
        "options": 10,
        "initial_price": Decimal("2.03"),
        **by_proposer("proposed"),
    }
    return Award(**{**values, **changed})


def capitaladjustment(**changed: Any) -> CapitalAdjustment:
    values = {"effective_on": ON, "new": 1, "old": 15, "description": "Reverse split", **by_proposer("proposed")}
    return CapitalAdjustment(**{**values, **changed})


def determination(**changed: Any) -> Determination:
    values = {"grantee": given.grantee(), "kind": "disability", "occurred_on": ON, "evidence": "Minutes"}
    return Determination(**{**values, **by_proposer("proposed"), **changed})


def representative(**changed: Any) -> Representative:
    values = {
        "grantee": given.grantee(),
        "user": given.person("guardian"),
        "kind": "guardian",
        "evidence": "Order",
        "from_on": ON,
        **by_proposer("proposed"),
    }
    return Representative(**{**values, **changed})


def employmentfact(**changed: Any) -> EmploymentFact:
    values = {
        "grantee": given.grantee(),
        "kind": "ceased",
        "reason": "other",
        "occurred_on": ON,
        "evidence": "Letter",
        **by_proposer("recorded"),
    }
    return EmploymentFact(**{**values, **changed})


def masteragreement(**changed: Any) -> MasterAgreement:
    values = {"name": "Another form", "dated_on": ON, "document": b"Text", "document_sha256": "0" * 64}
    return MasterAgreement(**{**values, **by_proposer("recorded"), **changed})


def agreementacceptance(**changed: Any) -> AgreementAcceptance:
    values = {
        "grantee": given.grantee(),
        "master_agreement": given.agreement(),
        "signed_name": "Ada",
        "document_sha256": "0" * 64,
        **by_proposer("accepted"),
    }
    return AgreementAcceptance(**{**values, **changed})


def awardletter(**changed: Any) -> AwardLetter:
    values = {"award": changed.get("award") or saved(award()), "document": b"%PDF", "document_sha256": "0" * 64}
    return AwardLetter(**{**values, "made_at": AT, **changed})


def letteropening(**changed: Any) -> LetterOpening:
    letter = changed.get("letter") or saved(awardletter())
    return LetterOpening(**{"letter": letter, **by_proposer("opened"), **changed})


def lettersignature(**changed: Any) -> LetterSignature:
    letter = changed.get("letter") or saved(awardletter())
    values = {"letter": letter, "signed_name": "Ada", "document_sha256": "0" * 64}
    return LetterSignature(**{**values, **by_proposer("signed"), **changed})


def optionentry(**changed: Any) -> OptionEntry:
    values = {
        "award": changed.get("award") or saved(award()),
        "sequence": 1,
        "kind": "granted",
        "options": 10,
        "outstanding_after": 10,
        "effective_on": ON,
        "recorded_at": AT,
        "cause": "grant",
    }
    return OptionEntry(**{**values, **changed})


def second_entry(**changed: Any) -> OptionEntry:
    first = saved(optionentry())
    values = {"award": first.award, "sequence": 2, "kind": "cancelled", "options": -1, "outstanding_after": 9}
    return optionentry(**{**values, "cause": "another", **changed})


def auditevent(**changed: Any) -> AuditEvent:
    return AuditEvent(**{"subject": "award:1", "sequence": 1, "action": "x", "at": AT, "hash": "0" * 64, **changed})


def auditseal(**changed: Any) -> AuditSeal:
    return AuditSeal(**{"day": ON, "last_event": 0, "events": 0, "hash": "0" * 64, "sealed_at": AT, **changed})


def outboxmessage(**changed: Any) -> OutboxMessage:
    return OutboxMessage(
        **{"key": "k", "to": "a@example.com", "subject": "S", "body": "B", "created_at": AT, **changed}
    )


def message(**changed: Any) -> Message:
    values = {
        "recipient": given.person("grace"),
        "kind": "vested",
        "key": "k",
        "about_on": ON,
        "data": {},
        "said_at": AT,
    }
    values["award"] = changed["award"] if "award" in changed else saved(award())
    return Message(**{**values, **changed})


def preferences(**changed: Any) -> Preferences:
    return Preferences(**{"user": given.person("grace"), **changed})


def calendarfeed(**changed: Any) -> CalendarFeed:
    return CalendarFeed(**{"user": given.person("grace"), "made_at": AT, **changed})


def question(**changed: Any) -> Question:
    values = {
        "award": changed.get("award") or saved(award()),
        "kind": "step",
        "line": "Multiplier",
        "figure": "3.107",
        "worksheet": {},
        "text": "Why?",
        **by_proposer("asked"),
        "form_key": KEY,
    }
    return Question(**{**values, **changed})


def answered_question(**changed: Any) -> Question:
    return question(**{"answer": "So.", **by_approver("answered"), **changed})


def exercisenotice(**changed: Any) -> ExerciseNotice:
    values = {
        "award": changed.get("award") or saved(award()),
        "options": 5,
        "channel": "web",
        "capacity": "grantee",
        "received_at": AT,
        "exercise_date": ON,
        **by_proposer("recorded"),
        "form_key": KEY,
        "request_digest": "0" * 64,
    }
    return ExerciseNotice(**{**values, **changed})


def paper_notice(**changed: Any) -> ExerciseNotice:
    return exercisenotice(**{"channel": "paper", "evidence": "Folder 7", **changed})


def pricing(**changed: Any) -> Pricing:
    values = {"worksheet": {}, "multiplier": Decimal(4), "fmv": Decimal("6.10"), "consideration": Decimal("10.00")}
    notice = changed.get("notice") or saved(exercisenotice())
    return Pricing(**{**values, "notice": notice, "priced_at": AT, **changed})


def pinnedclose(**changed: Any) -> PinnedClose:
    values = {"pricing": changed.get("pricing") or saved(pricing())}
    values["closing_price"] = changed.get("closing_price") or given.close("stock", ON, "6.10")
    return PinnedClose(**{**values, **changed})


def withholdingrate(**changed: Any) -> WithholdingRate:
    values = {
        "jurisdiction": "US",
        "tax": "Federal income tax",
        "rate_percent": Decimal(22),
        "effective_from": ON,
        "source": "Circular E",
        **by_proposer("recorded"),
    }
    return WithholdingRate(**{**values, **changed})


def settlement(**changed: Any) -> Settlement:
    values = {"stock_portion": Decimal(0), "shares": 0, "cash": Decimal("10.00"), **by_proposer("chosen")}
    return Settlement(**{**values, "pricing": changed.get("pricing") or saved(pricing()), **changed})


def provided(**changed: Any) -> Settlement:
    values = {"net_cash": Decimal("7.80"), "net_shares": 0, **by_proposer("provided")}
    return settlement(**{**values, **changed})


def approved(**changed: Any) -> Settlement:
    return provided(**{**by_approver("approved"), **changed})


def statement(**changed: Any) -> Statement:
    values = {"from_on": ON, "to_on": ON, "bundle": "{}", "sha256": "0" * 64, **by_proposer("made")}
    return Statement(**{**values, **changed})


def withholdingline(**changed: Any) -> WithholdingLine:
    values = {"base": Decimal("10.00"), "amount": Decimal("2.20"), "taken_from": "cash"}
    values["settlement"] = changed.get("settlement") or saved(settlement())
    values["rate"] = changed.get("rate") or saved(withholdingrate())
    return WithholdingLine(**{**values, **changed})


def jobrun(**changed: Any) -> JobRun:
    return JobRun(**{"kind": "write lapses", "business_date": ON, "state": "running", "claimed_at": AT, **changed})


def jobslice(**changed: Any) -> JobSlice:
    run = changed.get("run") or saved(jobrun())
    return JobSlice(**{"run": run, "first": 1, "last": 9, "due": 3, **changed})


def heldclose(**changed: Any) -> HeldClose:
    """One that two people accepted."""
    decision = {"proposed_outcome": "accepted", "outcome": "accepted", "decision_reason": "Checked"}
    values = {"series": "stock", "trading_day": ON, "close": Decimal("6.10"), "source": "test", "reason": "committee"}
    steps = {**by_proposer("proposed"), "proposed_on_revision": 0, **by_approver("approved"), "received_at": AT}
    recorded_as = changed.get("recorded_as") or given.close("stock", ON, "6.10")
    return HeldClose(**{**values, **decision, **steps, "recorded_as": recorded_as, **changed})


ROWS: dict[str, Row] = {
    row.__name__: row
    for row in (
        grantee,
        award,
        capitaladjustment,
        determination,
        representative,
        employmentfact,
        masteragreement,
        agreementacceptance,
        awardletter,
        letteropening,
        lettersignature,
        optionentry,
        auditevent,
        auditseal,
        outboxmessage,
        message,
        preferences,
        calendarfeed,
        question,
        exercisenotice,
        pricing,
        pinnedclose,
        withholdingrate,
        settlement,
        withholdingline,
        statement,
        jobrun,
        jobslice,
        heldclose,
    )
}


def twice(row: Row, *same: str, **changed: Any) -> Callable[[], models.Model]:
    """Saves a row and makes another with the same values; relations named in `same` are to the very same rows."""

    def second() -> models.Model:
        first = saved(row())
        return row(**{name: getattr(first, name) for name in same}, **changed)

    return second


def of_decisions() -> Iterator[tuple[str, Callable[[], models.Model]]]:
    for table in DECISIONS:
        row = ROWS[table]
        for step in ("approved", "rejected"):
            name, why = f"{table}_{step}_by_with_its_instant", {"rejection_reason": "No"} if step == "rejected" else {}
            yield name, lambda row=row, step=step, why=why: row(**{f"{step}_at": AT}, **why)
            yield name, lambda row=row, step=step, why=why: row(**{f"{step}_by": given.approver()}, **why)
        yield (
            f"{table}_not_approved_by_and_rejected_by",
            lambda row=row: row(**by_approver("approved"), **by_approver("rejected"), rejection_reason="No"),
        )
        yield f"{table}_approved_by_is_another", lambda row=row: row(**by_proposer("approved"))
        yield f"{table}_rejected_at_with_its_reason", lambda row=row: row(**by_approver("rejected"))


def answered(step: str, **changed: Any) -> Award:
    """An Award whose letter has been issued and answered."""
    steps = {**by_approver("approved"), **by_approver("letter_issued"), **by_proposer(step)}
    return award(**{**steps, **changed})


def of_awards() -> Iterator[tuple[str, Callable[[], models.Model]]]:
    yield "award_has_options", lambda: award(options=0)
    yield "award_initial_price_in_range", lambda: award(initial_price=Decimal(0))
    yield "award_initial_price_in_range", lambda: award(initial_price=Decimal(1_000_000_000))
    for step, said in (
        ("letter_issued", {}),
        ("accepted", {"signed_name": "Ada"}),
        ("declined", {"decline_reason": "No"}),
    ):
        before = {"letter_issued": ["approved"]}.get(step, ["approved", "letter_issued"])
        name = f"award_{step}_by_with_its_instant"
        for half in ({f"{step}_at": AT}, {f"{step}_by": 0}):
            yield name, lambda half=half, before=before, said=said: half_step(half, before, said)
    yield (
        "award_not_accepted_by_and_declined_by",
        lambda: answered("accepted", signed_name="Ada", **by_proposer("declined"), decline_reason="No"),
    )
    yield "award_letter_issued_at_after_approved_at", lambda: award(**by_approver("letter_issued"))
    yield (
        "award_accepted_at_after_letter_issued_at",
        lambda: award(**by_approver("approved"), **by_proposer("accepted"), signed_name="Ada"),
    )
    yield (
        "award_declined_at_after_letter_issued_at",
        lambda: award(**by_approver("approved"), **by_proposer("declined"), decline_reason="No"),
    )
    yield "award_acceptance_is_signed", lambda: answered("accepted")
    yield "award_declined_at_with_its_reason", lambda: answered("declined")
    yield "award_outstanding_not_negative", lambda: award(outstanding=-1, **by_approver("approved"))
    yield "award_outstanding_only_when_approved", lambda: award(outstanding=1)


def half_step(half: dict[str, Any], before: list[str], said: dict[str, str]) -> Award:
    done = {key: value for step in before for key, value in by_approver(step).items()}
    return award(**done, **said, **{key: value or given.proposer() for key, value in half.items()})


def of_people() -> Iterator[tuple[str, Callable[[], models.Model]]]:
    yield "grantee.user", twice(grantee, employee_number="H")
    yield "grantee.employee_number", twice(grantee, user=None)
    for place in ("us", "Colorado", "US-", "US-COLO", "US-CO\n", "US-NY-NYC-1"):
        yield "grantee_jurisdiction_is_a_code", lambda place=place: grantee(jurisdiction=place)
    yield "employmentfact_kind_known", lambda: employmentfact(kind="rehired", reason="")
    yield "employmentfact_only_a_cessation_has_a_reason", lambda: employmentfact(reason="")
    yield "employmentfact_only_a_cessation_has_a_reason", lambda: employmentfact(kind="died")
    yield "employmentfact_has_evidence", lambda: employmentfact(evidence="")
    yield "employmentfact_reverses_another", lambda: employmentfact(pk=7, reverses_id=7)
    yield "employmentfact.reverses", lambda: reversed_twice(employmentfact)
    yield "determination_kind_known", lambda: determination(kind="rehired")
    yield "determination_only_cause_has_a_limb", lambda: determination(kind="cause")
    yield "determination_only_cause_has_a_limb", lambda: determination(limb="i")
    yield "determination_has_evidence", lambda: determination(evidence="")
    yield "determination_one_open_proposal", twice(determination)
    yield "determination_reverses_another", lambda: determination(pk=7, reverses_id=7)
    yield "determination_reversed_once", lambda: reversed_twice(determination)
    yield "representative_kind_known", lambda: representative(kind="friend")
    yield "representative_ends_after_it_begins", lambda: representative(until_on=date(2006, 7, 2))
    yield "representative_has_evidence", lambda: representative(evidence="")
    yield "representative_transferee_of_one_award", lambda: representative(kind="transferee")


def reversed_twice(row: Row) -> models.Model:
    first = saved(row())
    saved(row(reverses=first))
    return row(reverses=first)


def of_agreements() -> Iterator[tuple[str, Callable[[], models.Model]]]:
    yield "masteragreement.name", twice(masteragreement)
    for field in (
        "term_years",
        "averaging_days",
        "death_or_disability_years",
        "other_cessation_days",
        "change_in_control_days",
    ):
        yield "masteragreement_periods_positive", lambda field=field: masteragreement(**{field: 0})
    yield "masteragreement_caps_positive", lambda: masteragreement(outperform_cap=Decimal(0))
    yield "masteragreement_caps_positive", lambda: masteragreement(multiplier_cap=Decimal(0))
    yield "agreementacceptance_once", twice(agreementacceptance)
    yield "agreementacceptance_is_signed", lambda: agreementacceptance(signed_name="")
    yield "awardletter.award", twice(awardletter, "award")
    yield "letteropening_first_one_only", twice(letteropening, "letter")
    yield "lettersignature.letter", twice(lettersignature, "letter")
    yield "lettersignature_is_signed", lambda: lettersignature(signed_name="")
    yield "capitaladjustment_changes_something", lambda: capitaladjustment(new=0)
    yield "capitaladjustment_changes_something", lambda: capitaladjustment(old=0)
    yield "capitaladjustment_changes_something", lambda: capitaladjustment(new=15)
    yield "capitaladjustment_one_a_day", twice(capitaladjustment, new=2)


def of_ledgers() -> Iterator[tuple[str, Callable[[], models.Model]]]:
    yield "optionentry_sequence_once", lambda: second_entry(sequence=1, kind="granted", options=9)
    for kind in ("cancelled", "exercised", "transferred", "adjusted"):
        yield "optionentry_act_once", lambda kind=kind: second_entry(kind=kind, cause="grant")
    yield "optionentry_outstanding_not_negative", lambda: second_entry(options=-11, outstanding_after=-1)
    yield "optionentry_grant_comes_first", lambda: optionentry(sequence=0)
    for kind in ("exercised", "cancelled", "transferred"):
        yield "optionentry_sign_of_its_kind", lambda kind=kind: second_entry(kind=kind, options=1)
    for kind in ("lapsed_unvested", "lapsed_vested"):
        yield "optionentry_sign_of_its_kind", lambda kind=kind: second_entry(kind=kind, options=0)
    yield "optionentry_sign_of_its_kind", lambda: second_entry(kind="expired")
    yield "optionentry_sign_of_its_kind", lambda: optionentry(options=0, outstanding_after=0)
    yield "optionentry_grant_comes_first", lambda: second_entry(kind="granted", options=9)
    yield "optionentry_grant_comes_first", lambda: optionentry(kind="adjusted")
    yield "optionentry_grant_comes_first", lambda: optionentry(outstanding_after=9)


def of_trails() -> Iterator[tuple[str, Callable[[], models.Model]]]:
    yield "auditevent_sequence_once", twice(auditevent)
    yield "auditevent_chained", lambda: auditevent(previous_hash="1" * 64)
    yield "auditevent_chained", lambda: auditevent(sequence=2)
    yield "auditseal.day", twice(auditseal)
    yield "outboxmessage.key", twice(outboxmessage)
    yield "outboxmessage_says_something", lambda: outboxmessage(subject="")
    yield "outboxmessage_says_something", lambda: outboxmessage(body="")
    yield "heldclose.recorded_as", twice(heldclose, "recorded_as")
    yield "jobrun_once_a_date", twice(jobrun)
    yield "jobrun_done_is_finished", lambda: jobrun(state="done")
    yield "jobrun_counts_attempts", lambda: jobrun(attempts=0)
    yield "jobslice_begins_once", twice(jobslice, "run")
    yield "jobslice_goes_forward", lambda: jobslice(first=10)
    yield "jobslice_not_open_is_finished", lambda: jobslice(state="done")
    yield "jobslice_not_open_is_finished", lambda: jobslice(finished_at=AT)


def of_messages() -> Iterator[tuple[str, Callable[[], models.Model]]]:
    before = given.instant("2006-07-03", "10:59")
    yield "message_kind_known", lambda: message(kind="rumour")
    yield "message_told_once", twice(message, "award")
    yield "message_is_of_an_award", lambda: message(award=None)
    yield "message_read_after_it_was_said", lambda: message(read_at=before)
    yield "preferences.user", twice(preferences)
    yield "calendarfeed_one_address", twice(calendarfeed)
    yield "calendarfeed_revoked_after_it_was_made", lambda: calendarfeed(revoked_at=before)


def of_questions() -> Iterator[tuple[str, Callable[[], models.Model]]]:
    yield "question.form_key", twice(question, "award")
    yield "question_kind_known", lambda: question(kind="guess")
    yield "question_names_its_line", lambda: question(line="")
    yield "question_names_its_line", lambda: question(figure="")
    yield "question_says_something", lambda: question(text="")
    yield "question_not_too_long", lambda: question(text="x" * 2001)
    yield "question_not_too_long", lambda: answered_question(answer="x" * 2001)
    yield "question_has_what_it_is_about", lambda: question(worksheet=None)
    yield "question_has_what_it_is_about", lambda: question(kind="close", worksheet=None)
    yield "question_has_what_it_is_about", lambda: question(kind="entry")
    yield "question_has_what_it_is_about", lambda: question(kind="receipt")
    yield "question_answered_by_with_its_instant", lambda: answered_question(answered_by=None)
    yield "question_answered_by_with_its_instant", lambda: question(answered_by=given.approver())
    yield "question_answer_says_something", lambda: answered_question(answer="")
    yield "question_answer_says_something", lambda: question(answer="So.")
    yield (
        "question_answered_after_it_was_asked",
        lambda: answered_question(answered_at=given.instant("2006-07-03", "10:59")),
    )
    yield "question_answered_by_another", lambda: answered_question(**by_proposer("answered"))


def of_notices() -> Iterator[tuple[str, Callable[[], models.Model]]]:
    yield "exercisenotice.form_key", twice(exercisenotice, "award")
    yield "exercisenotice_has_options", lambda: exercisenotice(options=0)
    yield (
        "exercisenotice_received_before_recorded",
        lambda: exercisenotice(received_at=given.instant("2006-07-03", "11:01")),
    )
    yield "exercisenotice_insists_on_paper_only", lambda: exercisenotice(insists=True)
    yield "exercisenotice_paper_has_evidence", lambda: paper_notice(evidence="")
    yield "exercisenotice_paper_has_evidence", lambda: paper_notice(channel="phone", evidence="")
    yield "exercisenotice_capacity_names_representative", lambda: exercisenotice(capacity="guardian")
    yield (
        "exercisenotice_capacity_names_representative",
        lambda: exercisenotice(representative=saved(representative())),
    )
    yield "pricing.notice", twice(pricing, "notice")
    yield "pricing_consideration_not_negative", lambda: pricing(consideration=Decimal("-0.01"))
    yield "pricing_fmv_positive", lambda: pricing(fmv=Decimal(0))
    yield "pricing_multiplier_not_negative", lambda: pricing(multiplier=Decimal("-0.001"))
    yield "pinnedclose_once", twice(pinnedclose, "pricing", "closing_price")


def of_settlements() -> Iterator[tuple[str, Callable[[], models.Model]]]:
    yield "withholdingrate_once_a_day", twice(withholdingrate)
    yield "withholdingrate_is_a_percentage", lambda: withholdingrate(rate_percent=Decimal("-0.0001"))
    yield "withholdingrate_is_a_percentage", lambda: withholdingrate(rate_percent=Decimal("100.0001"))
    yield "withholdingrate_has_a_source", lambda: withholdingrate(source="")
    for place in ("", "us"):
        yield "withholdingrate_jurisdiction_is_a_code", lambda place=place: withholdingrate(jurisdiction=place)
    yield "withholdingline_once", twice(withholdingline, "settlement", "rate")
    for field in ("base", "amount"):
        yield "withholdingline_not_negative", lambda field=field: withholdingline(**{field: Decimal("-0.01")})
    yield "settlement_one_live", twice(settlement, "pricing")
    for field in ("stock_portion", "cash", "cash_withheld", "paid_in"):
        yield "settlement_amounts_not_negative", lambda field=field: settlement(**{field: Decimal("-0.01")})
    yield "settlement_net_when_provided", lambda: provided(net_cash=None)
    yield "settlement_net_when_provided", lambda: provided(net_shares=None)
    yield "settlement_net_when_provided", lambda: provided(net_cash=Decimal("-0.01"))
    yield "settlement_net_when_provided", lambda: settlement(net_cash=Decimal(1), net_shares=0)
    yield "settlement_provided_by_with_its_instant", lambda: provided(provided_by=None)
    yield "settlement_approved_by_with_its_instant", lambda: approved(approved_by=None)
    yield "settlement_approved_by_with_its_instant", lambda: provided(approved_by=given.approver())
    yield "settlement_paid_by_with_its_instant", lambda: approved(paid_at=AT, payment_reference="P")
    yield "settlement_paid_by_with_its_instant", lambda: approved(paid_by=given.proposer())
    yield "settlement_withdrawn_by_with_its_instant", lambda: settlement(withdrawn_at=AT, withdrawal_reason="No")
    yield "settlement_withdrawn_by_with_its_instant", lambda: settlement(withdrawn_by=given.proposer())
    yield "settlement_approved_at_after_provided_at", lambda: settlement(**by_approver("approved"))
    yield "settlement_paid_at_after_approved_at", lambda: provided(**by_proposer("paid"), payment_reference="P")
    yield "settlement_approved_by_is_another", lambda: provided(**by_proposer("approved"), **other_provider())
    yield "settlement_approver_did_not_provide", lambda: approved(provided_by=given.approver())
    yield (
        "settlement_not_withdrawn_once_approved",
        lambda: approved(**by_proposer("withdrawn"), withdrawal_reason="No"),
    )
    yield "settlement_payment_has_a_reference", lambda: approved(**by_proposer("paid"))
    yield "statement.sha256", twice(statement)
    yield "statement_period_in_order", lambda: statement(to_on=ON - timedelta(days=1))


def other_provider() -> dict[str, Any]:
    return {"provided_by": given.approver()}


REFUSED = [
    *of_decisions(),
    *of_awards(),
    *of_people(),
    *of_agreements(),
    *of_ledgers(),
    *of_trails(),
    *of_messages(),
    *of_questions(),
    *of_notices(),
    *of_settlements(),
]


def unique_fields(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.local_concrete_fields if field.unique and not field.primary_key]


def constraints_of(app: str) -> dict[str, tuple[type[models.Model], tuple[str, ...]]]:
    """Every constraint of an app: its table, and for what must be unique the columns."""
    found: dict[str, tuple[type[models.Model], tuple[str, ...]]] = {}
    for model in apps.get_app_config(app).get_models():
        for constraint in model._meta.constraints:
            fields = getattr(constraint, "fields", ())
            found[constraint.name] = model, tuple(model._meta.get_field(name).column for name in fields)
        for field in unique_fields(model):
            found[f"{model._meta.model_name}.{field.name}"] = model, (field.column,)
    return found


CONSTRAINTS = {name: found for app in APPS for name, found in constraints_of(app).items()}


def names(error: IntegrityError, name: str) -> bool:
    """Whether the database says which constraint it is: by its name or, where it has none, by its columns."""
    model, columns = CONSTRAINTS[name]
    by_columns = ", ".join(f"{model._meta.db_table}.{column}" for column in columns)
    in_index = f"({', '.join(columns)})"
    text = str(error)
    return name in text or (bool(columns) and (text.endswith(f": {by_columns}") or f"Key {in_index}=" in text))


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_row_that_breaks_nothing_is_accepted(row: Row) -> None:
    assert saved(row()).pk is not None


@pytest.mark.parametrize("place", ["", "US", "US-CO", "FR-75C", "US-NY-NYC"])
def test_jurisdiction_that_is_a_code_or_not_on_record_is_accepted(place: str) -> None:
    assert saved(grantee(jurisdiction=place)).pk is not None


@pytest.mark.parametrize(
    "row", [answered, second_entry, answered_question, paper_notice, provided, approved], ids=lambda row: row.__name__
)
def test_later_row_that_breaks_nothing_is_accepted(row: Row) -> None:
    said = {"step": "accepted", "signed_name": "Ada"} if row is answered else {}
    assert saved(row(**said)).pk is not None


@pytest.mark.parametrize(("name", "offending"), REFUSED, ids=[name for name, _ in REFUSED])
def test_database_refuses(name: str, offending: Callable[[], models.Model]) -> None:
    row = offending()
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        row.save(force_insert=True)
    assert names(refusal.value, name), str(refusal.value)


def test_every_constraint_has_its_refusal() -> None:
    refused = {name for name, _ in REFUSED}
    elsewhere = {
        name for app, file in ELSEWHERE.items() for name in constraints_of(app) if f'"{name}"' in file.read_text()
    }
    assert refused | elsewhere == set(CONSTRAINTS)


def test_every_check_has_words_for_the_person_at_the_form() -> None:
    silent = [
        constraint.name
        for app in APPS
        for model in apps.get_app_config(app).get_models()
        for constraint in model._meta.constraints
        if constraint.violation_error_message == constraint.default_violation_error_message
    ]
    assert silent == []


def pairs(model: type[models.Model]) -> set[tuple[str, str]]:
    """Who did something, with when: fields that end in _by and _at under one name."""
    fields = {field.name for field in model._meta.local_concrete_fields}
    return {(name, f"{name[:-3]}_at") for name in fields if name.endswith("_by") and f"{name[:-3]}_at" in fields}


def is_whole(model: type[models.Model], by: str, at: str) -> bool:
    """Whether a row cannot have the one without the other: both never null, or a constraint on both."""
    if not (model._meta.get_field(by).null or model._meta.get_field(at).null):
        return True
    conditions = [str(row.condition) for row in model._meta.constraints if isinstance(row, models.CheckConstraint)]
    every, none = (
        lambda text, state=state: all(f"('{field}__isnull', {state})" in text for field in (by, at))
        for state in (False, True)
    )
    return any(every(text) and none(text) for text in conditions)


# A job records without a person: the instant is always there, and who is empty where it was the portal itself.
BY_PERSON_OR_PORTAL = {("closingprice", "recorded_by"), ("optionentry", "recorded_by")}


def test_who_and_when_are_set_together_or_not_at_all() -> None:
    loose = {
        (model._meta.model_name, by)
        for app in APPS
        for model in apps.get_app_config(app).get_models()
        for by, at in pairs(model)
        if not is_whole(model, by, at)
    }
    assert loose == BY_PERSON_OR_PORTAL
