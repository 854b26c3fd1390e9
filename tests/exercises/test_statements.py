"""Statements: what they say of a period, that they are kept, and that any change of their file is found."""

import io
import json
import re
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from awards.models import Award
from exercises import bundle
from exercises.actions.statement import PeriodImpossible, make_statement
from exercises.models import Statement
from exercises.statement_document import document
from exercises.verification import MOST_BYTES, NotABundle, verify
from tests import builders
from tests.exercises import given

pytestmark = pytest.mark.django_db

NOW = builders.instant("2007-04-02", "15:00")


@pytest.fixture
def award() -> Award:
    """10,000 OSOs of 2006-04-01 at 5.18, of which 5,000 are exercised on 2007-04-02; and two Awards of another."""
    builders.closes(builders.CLOSES_2007_04_02)
    other = builders.grantee("other", name="Zebediah")
    builders.granted_award(other, options=777, award_date="2006-01-01", initial_price="2.87")
    builders.granted_award(other, options=888, award_date="2006-03-01", initial_price="4.44")
    held = builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")
    given.give(held, 5_000)
    return held


def made(award: Award, first: str = "2007-01-01", last: str = "2007-04-02", **changed: Any) -> Statement:
    values = {"reader": award.grantee.user, "from_on": builders.day(first), "to_on": builders.day(last), "now": NOW}
    return make_statement(**{**values, **changed})


def said(statement: Statement) -> dict[str, Any]:
    return json.loads(statement.bundle)


class TestBundle:
    def test_says_what_was_held_and_what_was_exercised(self, award: Award) -> None:
        found = said(made(award))
        (held,), (exercise,) = found["awards"], found["exercises"]
        assert (held["outstanding_before"], held["outstanding"]) == (10_000, 5_000)
        assert (held["vested"], held["unvested"], held["exercisable"]) == (0, 5_000, 0)
        assert held["entries"] == [
            {"effective_on": "2007-04-02", "kind": "exercised", "options": -5_000, "outstanding_after": 5_000}
        ]
        assert (exercise["options"], exercise["consideration"]) == (5_000, "6233.80")
        assert exercise["worksheet"]["per_option"].startswith("1.2467608036")
        assert found["totals"] == {"exercised": 5_000, "consideration": "6233.80"}

    def test_of_days_gone_by_leaves_out_what_came_after(self, award: Award) -> None:
        found = said(made(award, "2006-04-01", "2007-04-01"))
        (held,) = found["awards"]
        assert [entry["kind"] for entry in held["entries"]] == ["granted"]
        assert (held["outstanding_before"], held["outstanding"]) == (0, 10_000)
        assert (held["vested"], held["unvested"], found["exercises"]) == (5_000, 5_000, [])
        # On Sunday 2007-04-01 a notice had the Exercise Date 2007-04-02: 5,000 would have paid what they paid then.
        assert held["worksheet"]["consideration"] == "6233.80"

    @pytest.mark.parametrize(("last", "awards"), [("2006-03-31", 0), ("2006-04-01", 1), ("2006-04-02", 1)])
    def test_begins_with_the_award_date(self, award: Award, last: str, awards: int) -> None:
        assert len(said(made(award, "2006-01-01", last))["awards"]) == awards

    def test_never_says_anything_of_another(self, award: Award) -> None:
        text = made(award).bundle
        assert "Zebediah" not in text
        assert '"options": 777' not in text
        assert '"options": 888' not in text

    def test_of_who_acts_for_another_is_of_what_they_may_see(self, award: Award) -> None:
        guardian = builders.person("guardian")
        assert said(made(award, reader=guardian))["awards"] == []
        builders.appointed(guardian, award.grantee, from_on="2007-04-01", until_on="2007-04-30")
        assert [row["number"] for row in said(made(award, reader=guardian))["awards"]] == [award.number]

    def test_asks_as_often_for_many_awards_as_for_one(self, award: Award) -> None:
        asked = {"reader": award.grantee.user, "from_on": builders.day("2006-01-01"), "to_on": NOW.date(), "now": NOW}
        with CaptureQueriesContext(connection) as for_one:
            bundle.bundle(**asked)
        for _ in range(2):
            builders.granted_award(award.grantee, options=100, award_date="2006-04-01", initial_price="5.18")
        with CaptureQueriesContext(connection) as for_many:
            assert len(bundle.bundle(**asked)["awards"]) == 3
        assert (len(for_one), len(for_many)) == (8, 8)


class TestMake:
    def test_keeps_it_for_good(self, award: Award) -> None:
        statement = made(award)
        assert statement.sha256 == said(statement)["sha256"] == bundle.hash_of(said(statement))
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Statement.objects.update(bundle="{}")

    def test_refuses_a_period_that_ends_before_it_begins(self, award: Award) -> None:
        with pytest.raises(PeriodImpossible, match="before it begins"):
            made(award, "2007-04-02", "2007-04-01")

    def test_refuses_days_to_come(self, award: Award) -> None:
        assert made(award, "2007-04-02", "2007-04-02").pk
        with pytest.raises(PeriodImpossible, match="Apr 3, 2007 has not come yet"):
            made(award, "2007-04-02", "2007-04-03")
        assert Statement.objects.count() == 1


def changed(statement: Statement, change: Callable[[dict[str, Any]], Any], *, rehashed: bool = False) -> bytes:
    found = said(statement)
    change(found)
    if rehashed:
        found["sha256"] = bundle.hash_of(found)
    return json.dumps(found).encode()


TAMPERED = {
    "Exercise EX": ("consideration", lambda found: found["exercises"][0].update(consideration="9233.80")),
    "Award A": ("outstanding", lambda found: found["awards"][0].update(outstanding=6_000)),
    "Totals": ("consideration", lambda found: found["totals"].update(consideration="9233.80")),
}


class TestVerify:
    def test_matches_as_it_was_made(self, award: Award) -> None:
        statement = made(award)
        verdict = verify(statement.bundle.encode())
        assert (verdict.matches, verdict.statement, verdict.is_of_this_code) == (True, statement, True)

    def test_matches_with_a_byte_order_mark_and_other_spaces(self, award: Award) -> None:
        file = b"\xef\xbb\xbf" + json.dumps(said(made(award))).encode()
        assert verify(file).matches

    @pytest.mark.parametrize("where", TAMPERED)
    def test_names_the_number_that_differs_although_the_hash_was_made_anew(self, award: Award, where: str) -> None:
        what, change = TAMPERED[where]
        verdict = verify(changed(made(award), change, rehashed=True))
        assert where in {row.where[: len(where)] for row in verdict.differences}
        assert what in {row.what for row in verdict.differences}
        assert verdict.statement is None

    def test_names_a_step_of_a_worksheet(self, award: Award) -> None:
        def change(found: dict[str, Any]) -> None:
            found["exercises"][0]["worksheet"]["multiplier"] = "4.000"

        (row,) = verify(changed(made(award), change, rehashed=True)).differences
        assert (row.what, row.said, row.found) == ("multiplier", "4.000", "3.107")

    def test_follows_from_a_changed_close(self, award: Award) -> None:
        def change(found: dict[str, Any]) -> None:
            found["exercises"][0]["worksheet"]["closes"]["window"][-1][2] = "7.10"

        # FMV, the average and all that follows from them come out otherwise.
        differing = {row.what for row in verify(changed(made(award), change, rehashed=True)).differences}
        assert {"fmv", "stock_end", "multiplier", "gain", "per_option", "consideration"} <= differing

    def test_says_that_the_file_was_changed(self, award: Award) -> None:
        (row,) = verify(changed(made(award), lambda found: found.update({"for": "Somebody"}))).differences
        assert (row.where, row.what) == ("The file", "SHA-256")

    def test_does_not_know_one_that_was_put_together_anew(self, award: Award) -> None:
        verdict = verify(changed(made(award), lambda found: found.update({"for": "Somebody"}), rehashed=True))
        assert (verdict.matches, verdict.statement) == (True, None)

    @pytest.mark.parametrize(
        ("file", "message"),
        [
            (b"\xff\xfe\x00", "It is not JSON text."),
            (b"", "It is not JSON text."),
            (b"[1, 2]", "It is JSON, and not a statement of this portal."),
            (b'{"format": "another"}', "It is JSON, and not a statement of this portal."),
            (b"[" * 100_000, "It is not JSON text."),
            (b" " * (MOST_BYTES + 1), "It is larger than any statement."),
        ],
        ids=["bytes", "nothing", "list", "another", "nested", "large"],
    )
    def test_refuses_what_is_no_statement(self, file: bytes, message: str) -> None:
        with pytest.raises(NotABundle) as refused:
            verify(file)
        assert str(refused.value) == message

    @pytest.mark.parametrize(
        "change",
        [
            lambda found: found.pop("awards"),
            lambda found: found.update(awards=7),
            lambda found: found["awards"][0].update(entries=[{}]),
            lambda found: found["exercises"][0].update(worksheet="text"),
            lambda found: found["exercises"][0]["worksheet"]["closes"].update(window=[["2007-03-30", "NaN", "1"]]),
            lambda found: found["exercises"][0].update(consideration="a lot"),
            lambda found: found.update(totals=None),
        ],
    )
    def test_refuses_a_statement_that_lacks_something(self, award: Award, change: Callable[..., Any]) -> None:
        with pytest.raises(NotABundle, match="It lacks something that a statement has"):
            verify(changed(made(award), change))


class TestDocument:
    def test_says_what_the_bundle_says(self, award: Award) -> None:
        blocks = document(made(award)).blocks
        ledger, exercises = (block["rows"] for block in blocks if block["kind"] == "table")
        assert ledger == [["Brought forward", "", "", "10,000"], ["Exercised", "Apr 2, 2007", "−5,000", "5,000"]]
        assert exercises[0][2:] == ["Apr 2, 2007", "5,000", "$6,233.80"]
        assert [block["value"] for block in blocks if block["kind"] == "total"] == ["$6,233.80"]

    def test_is_pdf_ua_and_the_same_each_time(self, award: Award) -> None:
        statement = made(award)
        first, second = document(statement).pdf(), document(Statement.objects.get()).pdf()
        assert first == second
        with pikepdf.open(io.BytesIO(first)) as opened, opened.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"

    def test_of_nothing(self, award: Award) -> None:
        blocks = document(made(award, reader=builders.person("nobody"))).blocks
        assert [block["text"] for block in blocks if block["kind"] == "text"] == ["No Award was held in this period."]


def _text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


class TestPages:
    @pytest.fixture
    def reader(self, award: Award, client: Client, at: Callable[[str], Any]) -> Client:
        at("2007-04-02T15:00:00.123456-04:00")
        client.force_login(award.grantee.user)
        return client

    def test_makes_a_statement_and_verifies_its_file(self, reader: Client) -> None:
        page = reader.post(
            reverse("exercises:statements"), {"from_on": "2007-01-01", "to_on": "2007-04-02"}, follow=True
        )
        statement = Statement.objects.get()
        assert f"{statement.number} is made and kept below." in _text(page)
        file = reader.get(reverse("exercises:statement_bundle", args=[statement.pk])).content
        assert reader.get(reverse("exercises:statement_document", args=[statement.pk])).content.startswith(b"%PDF")

        verdict = _text(reader.post(reverse("exercises:verify"), {"bundle": io.BytesIO(file)}))
        assert "Match: every number comes out as the file says" in verdict
        tampered = _text(
            reader.post(reverse("exercises:verify"), {"bundle": io.BytesIO(file.replace(b"6233", b"9233"))})
        )
        assert "numbers differ" in tampered

    @pytest.mark.parametrize(
        ("first", "last", "message"),
        [
            ("2007-04-02", "2007-04-01", "before it begins"),
            ("2007-04-01", "2007-04-03", "has not come yet"),
            ("yesterday", "2007-04-01", "Enter a valid date."),
        ],
    )
    def test_refuses_a_period_in_words(self, reader: Client, first: str, last: str, message: str) -> None:
        answer = reader.post(reverse("exercises:statements"), {"from_on": first, "to_on": last})
        assert (answer.status_code, message in _text(answer)) == (422, True)

    def test_refuses_another_file_in_words(self, reader: Client) -> None:
        answer = reader.post(reverse("exercises:verify"), {"bundle": io.BytesIO(b"GIF89a")})
        assert (answer.status_code, "It is not JSON text." in _text(answer)) == (422, True)

    def test_of_another_are_not_found(self, reader: Client, award: Award) -> None:
        other = builders.person("other")
        theirs = [made(award, first, reader=other) for first in ("2006-01-01", "2006-02-01")]
        assert theirs[0].number not in _text(reader.get(reverse("exercises:statements")))
        for statement in theirs:
            for page in ("exercises:statement_document", "exercises:statement_bundle"):
                assert reader.get(reverse(page, args=[statement.pk])).status_code == 404
