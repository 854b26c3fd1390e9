"""Rows for every list of the desk that grows with the company, copied by the database from those the actions make."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import uuid4

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.models import Model

from awards.actions.master_agreement import accept_agreement
from awards.actions.question import ask_question
from awards.market.models import ClosingPrice, HeldClose, Series, TradingDayOverride
from awards.models import (
    AgreementAcceptance,
    AuditEvent,
    AuditSeal,
    Award,
    CapitalAdjustment,
    Determination,
    EmploymentFact,
    Grantee,
    MasterAgreement,
    Message,
    OptionEntry,
    OutboxMessage,
    Question,
    Representative,
)
from awards.questions import of_entry
from exercises.actions.settlement import choose_settlement
from exercises.models import ExerciseNotice, JobRun, JobSlice, Pricing, Settlement, WithholdingRate
from tests import builders
from tests.benchmarks import company
from tests.exercises import given

# Rows are numbered from 1; those that the actions make, and the people of the desk, stand far behind them.
BEHIND = 1_000_000_000
DAY = "DATE '2012-07-02' - (n / 300)::integer"
AT = "TIMESTAMPTZ '2012-07-02 15:00Z' - n * INTERVAL '1 minute'"
# Everybody has a name of their own, and one in ten is a Maria.
FIRST = "(ARRAY['Ann', 'Bob', 'Cy', 'Maria', 'Eve', 'Fay', 'Gus', 'Hal', 'Ida', 'Jo'])[1 + n %% 10]"
NAME = f"{FIRST} || ' ' || md5(n::text)"
NUMBER = "'E' || lpad(n::text, 7, '0')"
MAIL = "'person' || n || '@example.com'"
ACCOUNTS = ("zzyzx", "person42@example.com", "person", "maria")
PEOPLE = ("zzyzx", "E0000042", "bob c4ca4238", "person42@example.com", "maria")

# As many as versions, decisions, taxes, days and roles there are: no company grows them.
FEW = {MasterAgreement, CapitalAdjustment, WithholdingRate, TradingDayOverride, AuditSeal, Group}


@dataclass(frozen=True, slots=True)
class Filling:
    """What differs from row to row, in SQL of `n`, and what the desk types above the list: nothing, one, a tenth."""

    columns: dict[str, str]
    texts: tuple[str, ...] = PEOPLE
    # Tables that are no lists of their own, filled with it.
    along: dict[type[Model], dict[str, str]] = field(default_factory=dict)


FILLINGS = {
    User: Filling(
        {"username": "'person' || n", "email": MAIL, "first_name": FIRST, "last_name": "md5(n::text)"}, ACCOUNTS
    ),
    EmailAddress: Filling({"user_id": "n", "email": MAIL}, ACCOUNTS),
    Authenticator: Filling({"user_id": "n", "created_at": AT}, ()),
    UserSession: Filling(
        {"user_id": "n", "session_key": "md5(n::text)", "created_at": AT, "last_seen_at": AT}, ACCOUNTS
    ),
    Grantee: Filling({"user_id": "n", "name": NAME, "employee_number": NUMBER, "hired_on": DAY}),
    Award: Filling({"grantee_id": "n", "award_date": DAY}, ("A-000042", *PEOPLE)),
    OptionEntry: Filling({"award_id": "n", "recorded_at": AT}, ("A-000042", "exercise/7", *PEOPLE)),
    AgreementAcceptance: Filling({"grantee_id": "n", "accepted_at": AT}),
    EmploymentFact: Filling({"grantee_id": "n", "occurred_on": DAY}),
    Determination: Filling({"grantee_id": "n", "occurred_on": DAY}),
    Representative: Filling({"grantee_id": "n", "from_on": DAY}),
    AuditEvent: Filling(
        {"subject": "'award:' || n", "at": AT, "action": "CASE WHEN n %% 10 = 3 THEN 'approved' ELSE 'accepted' END"},
        ("zzyzx", "award:42", "approved", "proposer@example.com", "person42@example.com"),
    ),
    OutboxMessage: Filling(
        {"key": "'letter/' || n", "to": MAIL, "created_at": AT},
        ("zzyzx", "letter/42", "person42@example.com", "person"),
    ),
    Message: Filling(
        {"recipient_id": "n", "award_id": "n", "key": "'letter/' || n", "said_at": AT}, ("A-000042", *ACCOUNTS)
    ),
    # One in ten is open.
    Question: Filling(
        {
            "award_id": "n",
            "entry_id": "n",
            "asked_by_id": "n",
            "asked_at": AT,
            "form_key": "gen_random_uuid()",
            "answer": "CASE WHEN n %% 10 = 0 THEN '' ELSE 'So.' END",
            "answered_by_id": f"CASE WHEN n %% 10 > 0 THEN {BEHIND} END",
            "answered_at": f"CASE WHEN n %% 10 > 0 THEN {AT} + INTERVAL '1 hour' END",
        },
        ("Q-000042", "A-000042", *ACCOUNTS),
    ),
    ExerciseNotice: Filling(
        {"award_id": "n", "received_at": AT, "recorded_at": AT, "exercise_date": DAY, "form_key": "gen_random_uuid()"},
        ("EX-000042", "A-000042", *PEOPLE),
        along={Pricing: {"notice_id": "n"}, Settlement: {"pricing_id": "n"}},
    ),
    JobRun: Filling(
        {"kind": "'job' || n %% 100", "business_date": "DATE '2012-07-02' - (n / 100)::integer"},
        ("zzyzx", "job3"),
        along={JobSlice: {"run_id": "n"}},
    ),
    ClosingPrice: Filling(
        {"trading_day": "DATE '2004-12-31' - (n / 200)::integer", "revision": "1 + n %% 200"},
        ("1960-02-30", "2004-12-30", "2004"),
    ),
    HeldClose: Filling(
        {"trading_day": "DATE '2004-12-31' - (n / 200)::integer", "close": "1 + n"},
        ("1960-02-30", "2004-12-30", "2004"),
    ),
}


def forgotten() -> list[str]:
    """Lists of the desk that are neither filled nor said to stay short."""
    return sorted(model._meta.label for model in admin.site._registry if model not in FILLINGS and model not in FEW)


def templates() -> dict[type[Model], int]:
    """The key of a row of each table, made as the portal makes it."""
    staff, award = builders.proposer(), builders.granted_award(options=20_000, initial_price="0.50")
    ada = award.grantee
    settled = choose_settlement(
        notice=given.give(award, 1_000), stock_portion=Decimal(0), by=staff, now=builders.instant("2007-04-02")
    )
    close = ClosingPrice.objects.create(
        series=Series.STOCK, trading_day="2013-01-02", revision=2, close=5, source="bench", reason="Corrected",
        recorded_at=company.NOW, recorded_by=staff, approved_by=builders.approver(),
    )  # fmt: skip
    run = JobRun.objects.create(
        kind="job", business_date="2012-07-03", state="done", claimed_at=company.NOW, finished_at=company.NOW
    )
    rows: list[Any] = [
        ada.user,
        EmailAddress.objects.create(user=ada.user, email=ada.user.email, primary=True, verified=True),
        Authenticator.objects.create(user=ada.user, type="totp", data={}),
        UserSession.objects.create(user=ada.user, ip="192.0.2.1", session_key="ada", user_agent="Firefox"),
        ada,
        award,
        award.entries.get(sequence=1),
        AuditEvent.objects.get(subject=f"award:{award.pk}", sequence=1),
        accept_agreement(
            grantee=ada, master_agreement=award.master_agreement, signed_name="Ada", by=ada.user, now=company.NOW
        ),
        builders.transferred(ada, "2007-01-05"),
        builders.proposed_determination(ada, Determination.Kind.COVERED_EMPLOYEE, "2007-01-05"),
        builders.appointed(builders.person("guardian"), ada),
        OutboxMessage.objects.create(
            key="letter", to="ada@example.com", subject="Your Award", body="It is here.", created_at=company.NOW
        ),
        Message.objects.get(key=f"letter/{award.pk}"),
        _asked(award),
        settled.pricing.notice,
        settled.pricing,
        settled,
        close,
        _held(close, staff),
        run,
        JobSlice.objects.create(run=run, first=1, last=2, due=1),
    ]
    return {type(row): row.pk for row in rows}


def _asked(award: Award) -> Question:
    line = of_entry(award, "1", None)
    return ask_question(
        award=award, line=line, text="Why?", seen=line.seen, form_key=uuid4(), by=award.grantee.user, now=company.NOW
    )


def _held(close: ClosingPrice, staff: User) -> HeldClose:
    decided = {"proposed_at": company.NOW, "approved_at": company.NOW, "decision_reason": "A misprint."}
    return HeldClose.objects.create(
        series=Series.STOCK, trading_day="2013-01-02", close=5, source="bench", reason="jump", compared_with=close,
        received_at=company.NOW, proposed_outcome="rejected", outcome="rejected", proposed_on_revision=2,
        proposed_by=staff, approved_by=builders.approver(), **decided,
    )  # fmt: skip


def number_behind() -> None:
    """What is made one by one from here on stands behind the rows that are filled in."""
    with connection.cursor() as cursor:
        for model in (*FILLINGS, *(model for filling in FILLINGS.values() for model in filling.along)):
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [model._meta.db_table, BEHIND])


def fill(keys: dict[type[Model], int], *, first: int, last: int) -> None:
    """The rows numbered `first` to `last` of every list."""
    with company.in_bulk() as cursor:
        for model, filling in FILLINGS.items():
            for table, columns in ((model, filling.columns), *filling.along.items()):
                _copy(cursor, table, columns, key=keys[table], first=first, last=last)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _copy(cursor: Any, model: type[Model], columns: dict[str, str], **given: int) -> None:
    every = [column.column for column in model._meta.concrete_fields]
    written = {"id": "n", **columns}
    values = ", ".join(written.get(column, f't."{column}"') for column in every)
    names = ", ".join(f'"{column}"' for column in every)
    table = model._meta.db_table
    cursor.execute(
        f"""
        INSERT INTO {table} ({names}) SELECT {values}
        FROM {table} AS t, generate_series(%(first)s, %(last)s) AS n WHERE t.id = %(key)s
        """,
        given,
    )
