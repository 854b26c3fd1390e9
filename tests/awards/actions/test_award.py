"""Proposing, approving, issuing, accepting and declining an Award, with every refusal."""

import hashlib
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from awards.actions import award as actions
from awards.actions import decisions
from awards.actions.refusal import Refused
from awards.market.models import Series
from awards.models import AuditEvent, Award
from tests import builders as given

pytestmark = pytest.mark.django_db
NOW = given.instant("2006-04-03")


def propose(**changed: Any) -> Award:
    values: dict[str, Any] = {
        "grantee": given.grantee(),
        "master_agreement": given.agreement(),
        "award_date": given.day("2006-04-01"),
        "options": 10_000,
        "initial_price": Decimal("5.18"),
        "proposed_by": given.proposer(),
        "now": NOW,
    }
    return actions.propose_award(**{**values, **changed})


def said(award: Award) -> list[str]:
    return list(
        AuditEvent.objects.filter(subject=f"award:{award.pk}").order_by("sequence").values_list("action", flat=True)
    )


@pytest.fixture
def close() -> Any:
    """Of the Trading Day before the Award Date, a Saturday."""
    return given.close(Series.STOCK, "2006-03-31", "5.18")


class TestPropose:
    def test_at_the_close_of_the_trading_day_before(self, close: Any) -> None:
        award = propose()
        assert (award.state, award.proposed_close, award.outstanding) == ("proposed", close, 0)
        assert said(award) == ["proposed"]

    @pytest.mark.usefixtures("close")
    def test_another_price_needs_its_reason(self) -> None:
        with pytest.raises(
            actions.InitialPriceUnexplained,
            match=r"^The close on 2006-03-31 was 5.18\. Say why the Initial Price is 5.19\.",
        ):
            propose(initial_price=Decimal("5.19"))
        award = propose(initial_price=Decimal("5.19"), initial_price_reason=" As resolved on March 30. ")
        assert award.initial_price_reason == "As resolved on March 30."

    def test_without_a_close_needs_a_reason(self) -> None:
        with pytest.raises(actions.InitialPriceUnexplained, match=r"^No close is recorded"):
            propose(initial_price_reason="  ")
        assert propose(initial_price_reason="As resolved.").proposed_close is None

    @pytest.mark.parametrize("award_date", ["2006-03-31", "2006-04-01", "2006-04-02"])
    def test_not_before_its_agreement(self, award_date: str) -> None:
        version = given.agreement("Later form", dated_on="2006-04-01")
        values = {"master_agreement": version, "award_date": given.day(award_date), "initial_price_reason": "Resolved"}
        if award_date < "2006-04-01":
            with pytest.raises(actions.AwardBeforeAgreement):
                propose(**values)
        else:
            assert propose(**values).award_date == given.day(award_date)

    @pytest.mark.parametrize(
        "impossible",
        [
            {"options": 0},
            {"options": -1},
            {"options": 100_000_001},
            {"initial_price": Decimal(0)},
            {"initial_price": Decimal("-5.18")},
            {"initial_price": Decimal("NaN")},
            {"initial_price": Decimal("Infinity")},
            {"initial_price": Decimal(1_000_000_000)},
            {"initial_price": Decimal("5.1800001")},
        ],
        ids=str,
    )
    def test_refuses_what_no_award_can_be(self, impossible: dict[str, Any]) -> None:
        with pytest.raises(actions.AwardImpossible):
            propose(initial_price_reason="Resolved", **impossible)
        assert Award.objects.count() == 0

    @pytest.mark.parametrize("possible", [{"options": 1}, {"initial_price": Decimal("0.000001")}], ids=str)
    def test_accepts_the_least(self, possible: dict[str, Any]) -> None:
        assert propose(initial_price_reason="Resolved", **possible).state == "proposed"


class TestApprove:
    @pytest.fixture
    def proposed(self) -> Award:
        return propose(initial_price_reason="Resolved")

    def test_opens_the_ledger(self, proposed: Award) -> None:
        award = actions.approve_award(award=proposed, by=given.approver(), now=NOW)
        assert (award.state, award.outstanding, award.next_lapse_on) == ("approved", 10_000, given.day("2010-04-01"))
        assert given.ledger_of(award) == [("granted", 10_000, "2006-04-01")]
        assert said(award) == ["proposed", "approved"]

    def test_refuses_the_proposer(self, proposed: Award) -> None:
        with pytest.raises(decisions.SamePerson):
            actions.approve_award(award=proposed, by=given.proposer(), now=NOW)
        assert given.ledger_of(proposed) == []

    def test_refuses_the_proposer_at_the_database_too(self, proposed: Award) -> None:
        row = Award.objects.filter(pk=proposed.pk)
        with pytest.raises(IntegrityError, match="award_approved_by_is_another"), transaction.atomic():
            row.update(approved_by=given.proposer(), approved_at=NOW)
        assert row.update(approved_by=given.approver(), approved_at=NOW) == 1

    def test_refuses_the_grantee(self, proposed: Award) -> None:
        with pytest.raises(decisions.OwnInterest):
            actions.approve_award(award=proposed, by=proposed.grantee.user, now=NOW)
        assert given.ledger_of(proposed) == []

    def test_happens_once(self, proposed: Award) -> None:
        actions.approve_award(award=proposed, by=given.approver(), now=NOW)
        with pytest.raises(decisions.AlreadyDecided, match=r"^This was approved already\.$"):
            actions.approve_award(award=proposed, by=given.approver(), now=NOW)
        assert given.ledger_of(proposed) == [("granted", 10_000, "2006-04-01")]

    def test_refuses_what_was_rejected(self, proposed: Award) -> None:
        given.rejected(proposed, on="2006-04-03")
        with pytest.raises(decisions.AlreadyDecided, match=r"^This was rejected already\.$"):
            actions.approve_award(award=proposed, by=given.approver(), now=NOW)


class TestReject:
    def test_needs_its_reason(self) -> None:
        proposed = propose(initial_price_reason="Resolved")
        with pytest.raises(decisions.ReasonMissing):
            decisions.reject(proposed, by=given.approver(), reason=" ", now=NOW)
        rejected = decisions.reject(proposed, by=given.approver(), reason=" Wrong person ", now=NOW)
        assert (rejected.state, rejected.rejection_reason) == ("rejected", "Wrong person")
        assert said(rejected) == ["proposed", "rejected"]

    def test_comes_too_late_after_approval(self) -> None:
        with pytest.raises(decisions.AlreadyDecided):
            given.rejected(given.approved_award(), on="2006-04-03")


class TestIssueLetter:
    def test_after_approval(self) -> None:
        award = given.issued_award()
        assert (award.state, award.awaits_acceptance) == ("letter issued", True)

    def test_not_before_approval(self) -> None:
        with pytest.raises(actions.NotAwaitingThis, match="is proposed: its letter is issued once"):
            actions.issue_letter(award=given.proposed_award(), by=given.approver(), now=NOW)

    def test_once(self) -> None:
        with pytest.raises(actions.NotAwaitingThis, match="is letter issued"):
            actions.issue_letter(award=given.issued_award(), by=given.approver(), now=NOW)


class TestOpenLetter:
    def test_keeps_that_the_grantee_opened_it_once(self) -> None:
        issued = given.issued_award()
        for at in (NOW, NOW + timedelta(days=1)):
            actions.open_letter(award=issued, by=issued.grantee.user, now=at)
        (opening,) = issued.letter.openings.all()
        assert (opening.opened_by, opening.opened_at) == (issued.grantee.user, NOW)
        assert said(issued)[-2:] == ["letter issued", "letter opened"]

    def test_keeps_nothing_of_who_reads_for_another(self) -> None:
        issued = given.issued_award()
        kept = actions.open_letter(award=issued, by=given.person("guardian"), now=NOW)
        assert (kept, kept.openings.count()) == (issued.letter, 0)

    def test_refuses_before_the_letter(self) -> None:
        with pytest.raises(actions.NotAwaitingThis, match="has no Award Letter yet"):
            actions.open_letter(award=given.approved_award(), by=given.approver(), now=NOW)


class TestAnswer:
    @pytest.fixture
    def issued(self) -> Award:
        return given.opened_award(options=1000)

    @staticmethod
    def accept(award: Award, **changed: Any) -> Award:
        values = {"by": award.grantee.user, "signed_name": "Ada Lovelace", "now": NOW}
        return actions.accept_award(award=award, **{**values, **changed})

    @staticmethod
    def decline(award: Award, **changed: Any) -> Award:
        values = {"by": award.grantee.user, "reason": "I am leaving", "now": NOW}
        return actions.decline_award(award=award, **{**values, **changed})

    def test_signs_the_very_document(self, issued: Award) -> None:
        self.accept(issued, address="192.0.2.7")
        signature = issued.letter.signature
        digest = hashlib.sha256(bytes(issued.letter.document)).hexdigest()
        assert (signature.document_sha256, signature.signed_at) == (digest, NOW)
        assert (signature.signed_name, signature.address) == ("Ada Lovelace", "192.0.2.7")

    def test_refuses_what_was_not_opened(self) -> None:
        with pytest.raises(actions.LetterNotOpened):
            self.accept(given.issued_award())

    def test_refuses_what_another_opened(self) -> None:
        issued = given.issued_award()
        actions.open_letter(award=issued, by=given.person("guardian"), now=NOW)
        with pytest.raises(actions.LetterNotOpened):
            self.accept(issued)

    def test_accepted_by_signing(self, issued: Award) -> None:
        award = self.accept(issued, signed_name=" Ada Lovelace ")
        assert (award.state, award.signed_name, award.is_accepted) == ("accepted", "Ada Lovelace", True)
        assert said(award)[-1] == "accepted"

    def test_declined_cancels_the_osos(self, issued: Award) -> None:
        award = self.decline(issued)
        assert (award.state, award.outstanding) == ("declined", 0)
        assert given.ledger_of(award) == [("granted", 1000, "2005-07-01"), ("cancelled", -1000, "2006-04-03")]
        assert said(award)[-1] == "declined"

    def test_declined_after_leaving_cancels_what_has_not_lapsed(self, issued: Award) -> None:
        given.ceased(issued.grantee, "2006-07-31")
        award = self.decline(issued, now=given.instant("2006-08-15"))
        assert given.ledger_of(award)[1:] == [
            ("lapsed_unvested", -500, "2006-07-31"),
            ("cancelled", -500, "2006-08-15"),
        ]

    @pytest.mark.parametrize("by", [given.person, lambda _: AnonymousUser()], ids=["another", "nobody"])
    @pytest.mark.parametrize("answer", ["accept", "decline"])
    def test_refuses_anybody_but_the_grantee(self, issued: Award, answer: str, by: Any) -> None:
        with pytest.raises(actions.NotTheGrantee):
            getattr(self, answer)(issued, by=by("eve"))

    def test_refuses_nobody_where_the_grantee_has_no_sign_in(self) -> None:
        issued = given.issued_award(given.grantee())
        issued.grantee.user = None
        issued.grantee.save()
        with pytest.raises(actions.NotTheGrantee):
            self.accept(issued, by=AnonymousUser())

    def test_refuses_no_signature(self, issued: Award) -> None:
        with pytest.raises(actions.NotSigned):
            self.accept(issued, signed_name="  ")

    def test_refuses_no_reason(self, issued: Award) -> None:
        with pytest.raises(decisions.ReasonMissing):
            self.decline(issued, reason="  ")

    @pytest.mark.parametrize("answer", ["accept", "decline"])
    def test_refuses_before_the_letter(self, answer: str) -> None:
        with pytest.raises(actions.NotAwaitingThis, match="is not waiting for an answer: there is no letter"):
            getattr(self, answer)(given.approved_award())

    @pytest.mark.parametrize("first", ["accept", "decline"])
    @pytest.mark.parametrize("second", ["accept", "decline"])
    def test_refuses_a_second_answer(self, issued: Award, first: str, second: str) -> None:
        getattr(self, first)(issued)
        with pytest.raises(actions.NotAwaitingThis):
            getattr(self, second)(issued)


def test_every_refusal_has_a_code_of_its_own() -> None:
    found = [refusal.code for refusal in _subclasses(Refused)]
    assert sorted(found) == sorted(set(found))
    assert "refused" not in found


def _subclasses(refused: type[Refused]) -> list[type[Refused]]:
    below = refused.__subclasses__()
    return below + [deeper for each in below for deeper in _subclasses(each)]
