"""Facts and determinations: what may be recorded, approved and reversed, and what each does to an Award."""

from datetime import date
from typing import Any

import pytest

from awards.actions import decisions, employment
from awards.models import AuditEvent, Determination, EmploymentFact, Grantee
from tests import builders as given

pytestmark = pytest.mark.django_db
FactKind, Kind = EmploymentFact.Kind, Determination.Kind


@pytest.fixture
def ada() -> Grantee:
    return given.granted_award(options=1000).grantee


def record(holder: Grantee, **changed: Any) -> EmploymentFact:
    values: dict[str, Any] = {
        "kind": FactKind.CEASED,
        "reason": EmploymentFact.Reason.OTHER,
        "occurred_on": date(2007, 1, 31),
        "evidence": "Letter",
        "recorded_by": given.proposer(),
        "now": given.instant("2007-01-31"),
    }
    return employment.record_fact(grantee=holder, **{**values, **changed})


def propose(holder: Grantee, **changed: Any) -> Determination:
    values: dict[str, Any] = {
        "kind": Kind.DISABILITY,
        "occurred_on": date(2007, 1, 31),
        "evidence": "Minutes",
        "by": given.proposer(),
        "now": given.instant("2007-01-31"),
    }
    return employment.propose_determination(grantee=holder, **{**values, **changed})


class TestRecordFact:
    def test_is_audited_of_the_grantee(self, ada: Grantee) -> None:
        fact = record(ada)
        event = AuditEvent.objects.filter(subject=f"grantee:{ada.pk}").get()
        assert (event.action, event.after["row"]) == ("employment fact recorded", f"employmentfact:{fact.pk}")

    @pytest.mark.parametrize("evidence", ["", "  "])
    def test_refuses_no_evidence(self, ada: Grantee, evidence: str) -> None:
        with pytest.raises(employment.EvidenceMissing):
            record(ada, evidence=evidence)

    @pytest.mark.parametrize(
        "wrong",
        [{"reason": ""}, {"reason": "boredom"}, {"kind": FactKind.DIED}, {"kind": FactKind.TRANSFERRED}],
        ids=str,
    )
    def test_refuses_a_reason_that_does_not_fit(self, ada: Grantee, wrong: dict[str, Any]) -> None:
        with pytest.raises(employment.ReasonDoesNotFit):
            record(ada, **wrong)

    def test_a_cessation_may_lie_ahead(self, ada: Grantee) -> None:
        assert record(ada, occurred_on=date(2007, 2, 28)).occurred_on == date(2007, 2, 28)

    @pytest.mark.parametrize("kind", [FactKind.DIED, FactKind.TRANSFERRED])
    @pytest.mark.parametrize("on", [date(2007, 1, 30), date(2007, 1, 31), date(2007, 2, 1)], ids=str)
    def test_nothing_else_may(self, ada: Grantee, kind: FactKind, on: date) -> None:
        if on > date(2007, 1, 31):
            with pytest.raises(employment.FactInTheFuture):
                record(ada, kind=kind, reason="", occurred_on=on)
        else:
            assert record(ada, kind=kind, reason="", occurred_on=on).kind == kind

    def test_today_is_the_day_in_new_york(self, ada: Grantee) -> None:
        one_past_midnight_in_london = given.instant("2007-01-30", "19:01")
        with pytest.raises(employment.FactInTheFuture):
            record(ada, kind=FactKind.DIED, reason="", now=one_past_midnight_in_london)

    def test_refuses_the_same_twice(self, ada: Grantee) -> None:
        record(ada)
        with pytest.raises(employment.FactContradicts, match="The same is on record"):
            record(ada)
        assert record(ada, occurred_on=date(2007, 2, 1)).pk is not None

    def test_refuses_a_second_death(self, ada: Grantee) -> None:
        given.died(ada, "2007-01-30")
        with pytest.raises(employment.FactContradicts, match="A death is on record"):
            record(ada, kind=FactKind.DIED, reason="")

    def test_refuses_a_cessation_after_the_death(self, ada: Grantee) -> None:
        given.died(ada, "2007-01-30")
        with pytest.raises(employment.FactContradicts, match="after the death on 2007-01-30"):
            record(ada)
        assert record(ada, occurred_on=date(2007, 1, 30)).pk is not None

    def test_refuses_a_contradiction_before_there_is_any_award(self) -> None:
        newcomer = given.grantee("newcomer")
        given.died(newcomer, "2007-01-30")
        with pytest.raises(employment.FactContradicts):
            record(newcomer)


class TestReverseFact:
    def test_reverses_once(self, ada: Grantee) -> None:
        fact = record(ada)
        reversal = given.reversed_fact(fact, on="2007-02-01")
        assert (reversal.reverses, reversal.kind, reversal.reason) == (fact, FactKind.CEASED, "other")
        with pytest.raises(employment.AlreadyReversed):
            given.reversed_fact(fact, on="2007-02-01")

    def test_a_reversal_is_not_reversed(self, ada: Grantee) -> None:
        reversal = given.reversed_fact(record(ada), on="2007-02-01")
        with pytest.raises(employment.AlreadyReversed):
            given.reversed_fact(reversal, on="2007-02-01")

    def test_lets_the_same_be_recorded_again(self, ada: Grantee) -> None:
        given.reversed_fact(record(ada), on="2007-02-01")
        assert record(ada).pk is not None

    def test_refuses_no_evidence(self, ada: Grantee) -> None:
        with pytest.raises(employment.EvidenceMissing):
            employment.reverse_fact(
                fact=record(ada), evidence=" ", by=given.proposer(), now=given.instant("2007-02-01")
            )


class TestDetermination:
    def test_takes_effect_when_another_approves(self, ada: Grantee) -> None:
        proposed = propose(ada)
        with pytest.raises(decisions.SamePerson):
            employment.approve_determination(
                determination=proposed, by=given.proposer(), now=given.instant("2007-01-31")
            )
        approved = employment.approve_determination(
            determination=proposed, by=given.approver(), now=given.instant("2007-01-31")
        )
        assert approved.decision == "approved"
        assert ada.awards.get().next_lapse_on == date(2008, 1, 31)

    def test_has_no_effect_while_proposed(self, ada: Grantee) -> None:
        propose(ada)
        assert ada.awards.get().next_lapse_on == date(2009, 7, 1)

    @pytest.mark.parametrize(
        ("wrong", "refusal"),
        [
            ({"evidence": " "}, employment.EvidenceMissing),
            ({"limb": "i"}, employment.ReasonDoesNotFit),
            ({"kind": Kind.CAUSE}, employment.ReasonDoesNotFit),
            ({"kind": Kind.CAUSE, "limb": "iv"}, employment.ReasonDoesNotFit),
            ({"kind": Kind.CAUSE, "limb": "i"}, employment.NoCessationOnRecord),
            ({"kind": Kind.RETIREMENT}, employment.NoCessationOnRecord),
            ({"occurred_on": date(2007, 2, 1)}, employment.FactInTheFuture),
            ({"kind": Kind.COVERED_EMPLOYEE, "occurred_on": date(2007, 2, 1)}, employment.FactInTheFuture),
        ],
        ids=str,
    )
    def test_refuses(self, ada: Grantee, wrong: dict[str, Any], refusal: type[Exception]) -> None:
        with pytest.raises(refusal):
            propose(ada, **wrong)
        assert ada.determinations.count() == 0

    @pytest.mark.parametrize("on", ["2007-01-30", "2007-01-31", "2007-02-01"])
    def test_retirement_is_of_the_very_day_of_the_cessation(self, ada: Grantee, on: str) -> None:
        record(ada)
        values = {"kind": Kind.RETIREMENT, "occurred_on": given.day(on), "now": given.instant("2007-02-05")}
        if on == "2007-01-31":
            assert propose(ada, **values).pk is not None
        else:
            with pytest.raises(employment.NoCessationOnRecord):
                propose(ada, **values)

    def test_refuses_the_same_while_it_is_open_and_once_it_is_approved(self, ada: Grantee) -> None:
        proposed = propose(ada)
        with pytest.raises(employment.FactContradicts, match="is proposed for 2007-01-31 already"):
            propose(ada)
        given.rejected(proposed, on="2007-02-01")
        given.determined(ada, Kind.DISABILITY, "2007-01-31")
        with pytest.raises(employment.FactContradicts, match="is determined for 2007-01-31 already"):
            propose(ada)

    def test_is_not_approved_once_its_cessation_is_reversed(self, ada: Grantee) -> None:
        fact = record(ada)
        proposed = propose(ada, kind=Kind.RETIREMENT)
        given.reversed_fact(fact, on="2007-02-01")
        with pytest.raises(employment.NoCessationOnRecord):
            employment.approve_determination(
                determination=proposed, by=given.approver(), now=given.instant("2007-02-01")
            )

    def test_disability_after_the_death_is_refused_when_approved(self, ada: Grantee) -> None:
        given.died(ada, "2007-01-30")
        with pytest.raises(employment.FactContradicts):
            given.determined(ada, Kind.DISABILITY, "2007-01-31")
        assert given.determined(ada, Kind.DISABILITY, "2007-01-30").decision == "approved"


class TestReversedDetermination:
    @pytest.fixture
    def disability(self, ada: Grantee) -> Determination:
        return given.determined(ada, Kind.DISABILITY, "2007-01-31")

    def test_takes_the_effect_back(self, ada: Grantee, disability: Determination) -> None:
        given.determined(ada, Kind.DISABILITY, "2007-01-31", reverses=disability, decided_on="2007-02-05")
        assert ada.awards.get().next_lapse_on == date(2009, 7, 1)

    def test_is_proposed_once_but_again_after_a_rejection(self, ada: Grantee, disability: Determination) -> None:
        first = propose(ada, reverses=disability)
        with pytest.raises(employment.FactContradicts):
            propose(ada, reverses=disability)
        given.rejected(first, on="2007-02-05")
        assert propose(ada, reverses=disability).pk is not None

    def test_is_of_one_that_stands(self, ada: Grantee, disability: Determination) -> None:
        reversal = given.determined(ada, Kind.DISABILITY, "2007-01-31", reverses=disability, decided_on="2007-02-05")
        for gone in (disability, reversal):
            with pytest.raises(employment.AlreadyReversed):
                propose(ada, reverses=gone)

    def test_says_what_it_reverses(self, ada: Grantee, disability: Determination) -> None:
        with pytest.raises(employment.FactContradicts, match="names the kind and the day"):
            propose(ada, reverses=disability, occurred_on=date(2007, 1, 30))

    def test_of_another_grantee_is_refused(self, disability: Determination) -> None:
        with pytest.raises(employment.AlreadyReversed):
            propose(given.grantee("eve"), reverses=disability)
