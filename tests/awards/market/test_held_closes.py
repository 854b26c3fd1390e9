from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User

from awards.market.held_closes import (
    AlreadyDecided,
    AlreadyHeld,
    HeldCloseError,
    ImpossibleClose,
    NotProposed,
    ReasonMissing,
    SamePerson,
    StaleDecision,
    approve_held_close,
    current_close,
    propose_committee_close,
    propose_held_close,
)
from awards.market.models import ClosingPrice, HeldClose
from awards.market.parsing import DatedClose
from awards.market.recording import Recorded, record_closes

pytestmark = pytest.mark.django_db
DAY = date(2007, 3, 29)


@pytest.fixture
def deliver(now: datetime) -> Callable[[str], Recorded]:
    """Delivers a close of the Stock for 2007-03-29."""

    def act(close: str) -> Recorded:
        closes = [DatedClose(2, DAY, Decimal(close))]
        return record_closes(series="stock", closes=closes, source="b", recorded_by=None, now=now)

    return act


@pytest.fixture
def conflict(record: Callable[..., ClosingPrice], deliver: Callable[[str], Recorded]) -> HeldClose:
    record("2007-03-29", "6.10")
    return deliver("6.20").held[0]


@pytest.fixture
def decide(maker: User, checker: User, now: datetime) -> Callable[..., HeldClose]:
    """Proposes and approves: `decide(held, accept=True)`."""

    def act(held: HeldClose, *, accept: bool) -> HeldClose:
        propose_held_close(held=held, accept=accept, reason="as printed", by=maker, now=now)
        return approve_held_close(held=held, by=checker, now=now)

    return act


def revisions() -> list[tuple[int, str]]:
    return [(row.revision, f"{row.close:f}") for row in ClosingPrice.objects.order_by("trading_day", "revision")]


def test_accepted_conflict_is_the_next_revision(
    conflict: HeldClose, decide: Callable[..., HeldClose], maker: User, checker: User, now: datetime
) -> None:
    held = decide(conflict, accept=True)
    row = ClosingPrice.objects.get(revision=2)
    assert (revisions(), held.recorded_as, held.outcome) == ([(1, "6.100000"), (2, "6.200000")], row, "accepted")
    assert (row.recorded_by, row.approved_by, row.reason, row.source) == (maker, checker, "as printed", "b")
    assert (held.approved_at, held.proposed_at, current_close(held)) == (now, now, row)


def test_rejected_conflict_records_nothing(conflict: HeldClose, decide: Callable[..., HeldClose]) -> None:
    held = decide(conflict, accept=False)
    assert (revisions(), held.outcome, held.recorded_as) == ([(1, "6.100000")], "rejected", None)


def test_accepted_jump_is_the_first_revision(
    record: Callable[..., ClosingPrice], deliver: Callable[[str], Recorded], decide: Callable[..., HeldClose]
) -> None:
    record("2007-03-28", "6.10")
    decide(deliver("60.10").held[0], accept=True)
    assert revisions() == [(1, "6.100000"), (1, "60.100000")]


def test_close_corrected_twice_has_three_revisions(
    conflict: HeldClose, deliver: Callable[[str], Recorded], decide: Callable[..., HeldClose]
) -> None:
    decide(conflict, accept=True)
    decide(deliver("6.30").held[0], accept=True)
    assert revisions() == [(1, "6.100000"), (2, "6.200000"), (3, "6.300000")]


@pytest.mark.parametrize(("accept", "close"), [(True, "6.10"), (False, "6.20")])
def test_value_that_two_people_decided_about_is_not_held_again(
    conflict: HeldClose, deliver: Callable[[str], Recorded], decide: Callable[..., HeldClose], accept: bool, close: str
) -> None:
    decide(conflict, accept=accept)
    assert deliver(close) == Recorded(0, 0, (), 0, 1)


def test_proposer_cannot_approve(conflict: HeldClose, maker: User, now: datetime) -> None:
    propose_held_close(held=conflict, accept=True, reason="as printed", by=maker, now=now)
    with pytest.raises(SamePerson, match=r"^Who proposed the decision cannot approve it\.$"):
        approve_held_close(held=conflict, by=maker, now=now)
    assert revisions() == [(1, "6.100000")]


def test_what_nobody_proposed_cannot_be_approved(conflict: HeldClose, checker: User, now: datetime) -> None:
    with pytest.raises(NotProposed, match=r"^Nobody has proposed a decision yet\.$"):
        approve_held_close(held=conflict, by=checker, now=now)


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_proposal_without_a_reason_is_refused(conflict: HeldClose, maker: User, now: datetime, reason: str) -> None:
    with pytest.raises(ReasonMissing):
        propose_held_close(held=conflict, accept=True, reason=reason, by=maker, now=now)


def test_decided_close_is_not_decided_again(
    conflict: HeldClose, decide: Callable[..., HeldClose], maker: User, checker: User, now: datetime
) -> None:
    decide(conflict, accept=True)
    with pytest.raises(AlreadyDecided, match=r"^It was already decided: accepted\.$"):
        propose_held_close(held=conflict, accept=False, reason="no", by=maker, now=now)
    with pytest.raises(AlreadyDecided):
        approve_held_close(held=conflict, by=checker, now=now)
    assert len(revisions()) == 2


def test_new_proposal_replaces_one_that_is_not_approved(
    conflict: HeldClose, maker: User, checker: User, now: datetime
) -> None:
    propose_held_close(held=conflict, accept=True, reason="as printed", by=maker, now=now)
    propose_held_close(held=conflict, accept=False, reason="a misprint", by=checker, now=now)
    held = approve_held_close(held=conflict, by=maker, now=now)
    assert (held.outcome, held.proposed_by, held.approved_by) == ("rejected", checker, maker)


def test_acceptance_is_stale_once_the_close_has_changed(
    conflict: HeldClose, deliver: Callable[[str], Recorded], decide: Callable[..., HeldClose], maker: User,
    checker: User, now: datetime,
) -> None:  # fmt: skip
    propose_held_close(held=conflict, accept=True, reason="as printed", by=maker, now=now)
    decide(deliver("6.30").held[0], accept=True)
    with pytest.raises(StaleDecision, match="The recorded close of 2007-03-29 has changed since the proposal"):
        approve_held_close(held=conflict, by=checker, now=now)
    assert revisions() == [(1, "6.100000"), (2, "6.300000")]
    decide(conflict, accept=True)
    assert revisions()[-1] == (3, "6.200000")


def test_rejection_is_never_stale(
    conflict: HeldClose, deliver: Callable[[str], Recorded], decide: Callable[..., HeldClose], maker: User,
    checker: User, now: datetime,
) -> None:  # fmt: skip
    propose_held_close(held=conflict, accept=False, reason="a misprint", by=maker, now=now)
    decide(deliver("6.30").held[0], accept=True)
    assert approve_held_close(held=conflict, by=checker, now=now).outcome == "rejected"


def test_revision_inserted_at_the_last_instant_makes_the_approval_stale(
    conflict: HeldClose, maker: User, checker: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    propose_held_close(held=conflict, accept=True, reason="as printed", by=maker, now=now)
    monkeypatch.setattr("awards.market.held_closes._current_revision", lambda held: 1)
    values = {"series": "stock", "trading_day": DAY, "source": "c", "recorded_at": now, "recorded_by": maker}
    ClosingPrice.objects.create(**values, revision=2, close=Decimal("6.30"), approved_by=checker)
    with pytest.raises(StaleDecision):
        approve_held_close(held=conflict, by=checker, now=now)
    conflict.refresh_from_db()
    assert (conflict.outcome, revisions()) == ("", [(1, "6.100000"), (2, "6.300000")])


def test_committee_close_is_recorded_by_two_people(maker: User, checker: User, now: datetime) -> None:
    held = propose_committee_close(
        trading_day=DAY, close=Decimal("6.15"), reason="determined in good faith", by=maker, now=now
    )
    assert (held.reason, held.is_proposed(), revisions()) == ("committee", True, [])
    row = approve_held_close(held=held, by=checker, now=now).recorded_as
    assert (row.source, row.close, row.recorded_by, row.approved_by) == ("Committee", Decimal("6.15"), maker, checker)


def test_committee_corrects_the_index_too(
    record: Callable[..., ClosingPrice], maker: User, checker: User, now: datetime
) -> None:
    wrong = record("2007-03-29", "142.25", series="sp500")
    held = propose_committee_close(
        series="sp500", trading_day=DAY, close=Decimal("1422.53"), reason="a digit lost", by=maker, now=now
    )
    row = approve_held_close(held=held, by=checker, now=now).recorded_as
    assert (held.compared_with, row.series, row.revision) == (wrong, "sp500", 2)


def test_committee_close_that_is_already_held_is_refused(conflict: HeldClose, maker: User, now: datetime) -> None:
    with pytest.raises(AlreadyHeld, match=r"^6\.20 is already held for 2007-03-29; decide about that one\.$"):
        propose_committee_close(trading_day=DAY, close=Decimal("6.20"), reason="x", by=maker, now=now)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"trading_day": date(2007, 3, 31)}, "2007-03-31 is not a Trading Day (Saturday)."),
        ({"trading_day": date(2007, 4, 2)}, "2007-04-02 has not closed yet."),
        ({"close": Decimal(0)}, "0 is not above zero and below one thousand million."),
        ({"close": Decimal("NaN")}, "NaN is not above zero and below one thousand million."),
        ({"close": Decimal(10**9)}, "1000000000 is not above zero and below one thousand million."),
        ({"close": Decimal("1.0000001")}, "1.0000001 has more than six decimals."),
        ({"reason": " "}, "Say why."),
    ],
)
def test_committee_close_that_cannot_be_is_refused(
    maker: User, now: datetime, broken: dict[str, Any], message: str
) -> None:
    values = {"trading_day": DAY, "close": Decimal("6.15"), "reason": "good faith"} | broken
    with pytest.raises(HeldCloseError) as refusal:
        propose_committee_close(**values, by=maker, now=now)
    assert (str(refusal.value), HeldClose.objects.count()) == (message, 0)


def test_committee_close_is_refused_until_the_close_of_trading(maker: User) -> None:
    before = datetime.fromisoformat("2007-03-29T15:59:59-04:00")
    with pytest.raises(ImpossibleClose):
        propose_committee_close(trading_day=DAY, close=Decimal("6.15"), reason="x", by=maker, now=before)
