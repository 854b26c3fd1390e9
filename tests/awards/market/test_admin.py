import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from awards.market.models import ClosingPrice, HeldClose, TradingDayOverride
from awards.market.parsing import MAX_BYTES

pytestmark = pytest.mark.django_db
Record = Callable[..., ClosingPrice]


@pytest.fixture(autouse=True)
def friday(at: Callable[[str], datetime]) -> datetime:
    return at("2007-03-30T18:00-04:00")


@pytest.fixture
def sign_in(db: None) -> Callable[..., Client]:
    """A client signed in as a new member of staff with these permissions of the market, or a superuser."""

    def make(name: str, *permissions: str, is_superuser: bool = False) -> Client:
        user = User.objects.create_user(f"{name}@example.com", is_staff=True, is_superuser=is_superuser)
        user.user_permissions.set(Permission.objects.filter(content_type__app_label="market", codename__in=permissions))
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def proposer(sign_in: Callable[..., Client]) -> Client:
    return sign_in("proposer", "view_heldclose", "propose_heldclose")


@pytest.fixture
def approver(sign_in: Callable[..., Client]) -> Client:
    return sign_in("approver", "view_heldclose", "approve_heldclose", "view_closingprice")


@pytest.fixture
def superuser(sign_in: Callable[..., Client]) -> Client:
    return sign_in("root", is_superuser=True)


@pytest.fixture
def held(record: Record, now: datetime) -> HeldClose:
    recorded = record("2007-03-29", "6.10")
    return HeldClose.objects.create(
        series="stock", trading_day="2007-03-29", close="6.2", source="file x.csv", reason="conflict",
        compared_with=recorded, received_at=now,
    )  # fmt: skip


def read(response: Any) -> str:
    """The page as a person reads it: the text of the main part, on one line."""
    assert response.status_code == 200
    html = response.content.decode()
    assert "<script>" not in html
    assert " style=" not in html
    main = html[html.index('id="content"') :]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def page(client: Client, name: str, *args: object, query: str = "") -> str:
    return read(client.get(reverse(f"admin:market_{name}", args=args) + query))


def post(client: Client, name: str, *args: object, **data: Any) -> Any:
    return client.post(reverse(f"admin:market_{name}", args=args), data, follow=True)


def test_list_of_closing_prices_is_open_and_constant_in_queries(
    superuser: Client, record: Record, django_assert_num_queries: Callable[..., Any], maker: User, checker: User
) -> None:
    page(superuser, "closingprice_changelist")
    for rows in (1, 3):
        for day in range(29 - rows, 29):
            revision = ClosingPrice.objects.filter(trading_day=f"2007-03-{day}").count() + 1
            record(f"2007-03-{day}", "6.10", revision=revision, recorded_by=maker, approved_by=checker)
        with django_assert_num_queries(6):
            shown = page(superuser, "closingprice_changelist")
    assert "Upload closes" in shown
    assert shown.count("Stock 6.1 ") == 4


@pytest.mark.parametrize(("query", "days"), [("2007-03-28", 1), ("2007-03", 2), ("2006", 0), ("'; drop", 0)])
def test_closing_prices_are_searched_by_day(superuser: Client, record: Record, query: str, days: int) -> None:
    record("2007-03-28", "6.10")
    record("2007-03-29", "6.10")
    assert page(superuser, "closingprice_changelist", query=f"?q={query}").count("Stock 6.1 ") == days


def test_closing_price_is_open_and_read_only(superuser: Client, record: Record) -> None:
    price = record("2007-03-28", "6.10")
    shown = page(superuser, "closingprice_change", price.pk)
    assert "Series: Stock" in shown
    assert "Close: 6.1 " in shown
    assert "Save" not in shown
    assert post(superuser, "closingprice_change", price.pk, close="7").status_code == 403


def test_closes_are_uploaded(superuser: Client) -> None:
    assert "All of it or nothing." in page(superuser, "closingprice_upload")
    file = SimpleUploadedFile("stock.csv", b"date,close\n2007-03-28,6.10\n2007-03-29,61.0\n")
    shown = read(post(superuser, "closingprice_upload", series="stock", file=file))
    assert "Select closing price to view" in shown
    row = ClosingPrice.objects.get()
    assert (row.source, row.recorded_by.username, HeldClose.objects.count()) == (
        "upload stock.csv",
        "root@example.com",
        1,
    )


def test_upload_tells_what_became_of_it(superuser: Client) -> None:
    file = SimpleUploadedFile("stock.csv", b"date,close\n2007-03-28,6.10\n2007-03-29,61.0\n")
    response = post(superuser, "closingprice_upload", series="stock", file=file)
    assert [str(message) for message in response.context["messages"]] == [
        "Stock: 1 recorded, 0 unchanged, 1 held.",
        "held: Stock 2007-03-29: 61, jumps from the close before",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"date,close\n2007-03-28,<b>\n", 'Nothing is recorded. row 2: "<b>" is not a number'),
        (b"x" * (MAX_BYTES + 1), "Nothing is recorded. the file is larger than 5 MB"),
        (b"", "The submitted file is empty."),
    ],
)
def test_upload_that_is_refused_names_its_rows(superuser: Client, content: bytes, message: str) -> None:
    shown = read(post(superuser, "closingprice_upload", series="stock", file=SimpleUploadedFile("a.csv", content)))
    assert message in shown
    assert ClosingPrice.objects.count() == 0


def test_upload_needs_its_permission(sign_in: Callable[..., Client]) -> None:
    client = sign_in("reader", "view_closingprice")
    assert "Upload closes" not in page(client, "closingprice_changelist")
    assert client.get(reverse("admin:market_closingprice_upload")).status_code == 403
    file = SimpleUploadedFile("a.csv", b"date,close\n2007-03-28,6.10\n")
    assert post(client, "closingprice_upload", series="stock", file=file).status_code == 403
    assert ClosingPrice.objects.count() == 0


def test_held_closes_are_listed_by_what_they_wait_for(superuser: Client, held: HeldClose) -> None:
    counts = [
        page(superuser, "heldclose_changelist", query=f"?state={state}").count("differs from the recorded close")
        for state in ("to_propose", "to_approve", "decided", "")
    ]
    in_filter = 1
    assert [count - in_filter for count in counts] == [1, 0, 0, 1]


def test_held_close_is_open_with_what_can_be_done(proposer: Client, approver: Client, held: HeldClose) -> None:
    shown = page(proposer, "heldclose_change", held.pk)
    assert "Compared with: Stock 2007-03-29: 6.1" in shown
    assert "State: Open" in shown
    assert ("Propose a decision" in shown, "Approve the decision" in shown) == (True, False)
    assert "Approve the decision" not in page(approver, "heldclose_change", held.pk)


def test_held_close_is_accepted_by_two_people(proposer: Client, approver: Client, held: HeldClose) -> None:
    assert "Recorded for that day now 6.1, revision 1, test" in page(proposer, "heldclose_propose", held.pk)
    shown = read(post(proposer, "heldclose_propose", held.pk, outcome="accepted", reason="as printed"))
    assert "State: Accepted if approved" in shown
    shown = page(approver, "heldclose_approve", held.pk)
    assert "Proposed: accepted , by proposer@example.com on 2007-03-30 18:00 New York time. Reason: as printed" in shown
    assert "Once approved, 6.2 is the recorded close of 2007-03-29." in shown
    shown = read(post(approver, "heldclose_approve", held.pk))
    assert "State: Accepted" in shown
    row = ClosingPrice.objects.get(revision=2)
    assert [row.recorded_by.username, row.approved_by.username] == ["proposer@example.com", "approver@example.com"]


def test_held_close_is_rejected_by_two_people(proposer: Client, approver: Client, held: HeldClose) -> None:
    post(proposer, "heldclose_propose", held.pk, outcome="rejected", reason="a misprint")
    assert "this close is rejected and nothing is recorded" in page(approver, "heldclose_approve", held.pk)
    post(approver, "heldclose_approve", held.pk)
    held.refresh_from_db()
    assert (held.outcome, ClosingPrice.objects.count()) == ("rejected", 1)


def test_one_person_with_both_permissions_cannot_decide_alone(superuser: Client, held: HeldClose) -> None:
    post(superuser, "heldclose_propose", held.pk, outcome="accepted", reason="as printed")
    shown = read(post(superuser, "heldclose_approve", held.pk))
    assert "Who proposed the decision cannot approve it." in shown
    assert ClosingPrice.objects.count() == 1


def test_approval_of_nothing_is_refused_in_words(approver: Client, held: HeldClose) -> None:
    assert "Nobody has proposed a decision yet." in page(approver, "heldclose_approve", held.pk)
    assert "Nothing is done yet. Nobody has proposed" in read(post(approver, "heldclose_approve", held.pk))


def test_looking_at_the_confirm_page_approves_nothing(proposer: Client, approver: Client, held: HeldClose) -> None:
    post(proposer, "heldclose_propose", held.pk, outcome="accepted", reason="as printed")
    page(approver, "heldclose_approve", held.pk)
    held.refresh_from_db()
    assert held.outcome == ""


@pytest.mark.parametrize(
    ("data", "message"),
    [({"outcome": "accepted", "reason": " "}, "This field is required."), ({"outcome": "perhaps", "reason": "x"},
     "Select a valid choice. perhaps is not one of the available choices.")],
)  # fmt: skip
def test_proposal_that_is_not_whole_is_refused(
    proposer: Client, held: HeldClose, data: dict[str, str], message: str
) -> None:
    assert message in read(post(proposer, "heldclose_propose", held.pk, **data))
    held.refresh_from_db()
    assert held.proposed_outcome == ""


def test_decided_close_is_proposed_no_more(proposer: Client, approver: Client, held: HeldClose) -> None:
    post(proposer, "heldclose_propose", held.pk, outcome="rejected", reason="a misprint")
    post(approver, "heldclose_approve", held.pk)
    assert "Propose a decision" not in page(proposer, "heldclose_change", held.pk)
    shown = read(post(proposer, "heldclose_propose", held.pk, outcome="accepted", reason="after all"))
    assert "It was already decided: rejected." in shown


@pytest.mark.parametrize(
    ("who", "name", "args"),
    [("proposer", "heldclose_approve", True), ("approver", "heldclose_propose", True),
     ("approver", "heldclose_propose_close", False)],
)  # fmt: skip
def test_page_of_a_decision_needs_its_permission(
    request: pytest.FixtureRequest, held: HeldClose, who: str, name: str, args: bool
) -> None:
    client = request.getfixturevalue(who)
    url = reverse(f"admin:market_{name}", args=[held.pk] if args else [])
    assert [client.get(url).status_code, client.post(url).status_code] == [403, 403]


def test_decision_about_a_close_that_is_not_there_is_not_found(superuser: Client) -> None:
    url = reverse("admin:market_heldclose_propose", args=[404])
    assert superuser.get(url).status_code == 404


def test_close_is_proposed_by_the_committee(proposer: Client, approver: Client) -> None:
    assert "as the Committee determined it in good faith" in page(proposer, "heldclose_propose_close")
    data = {"series": "stock", "trading_day": "2007-03-30", "close": "6.15", "reason": "appraisal"}
    shown = read(post(proposer, "heldclose_propose_close", **data))
    assert "Held because it: determined by the Committee" in shown
    post(approver, "heldclose_approve", HeldClose.objects.get().pk)
    assert str(ClosingPrice.objects.get()) == "Stock 2007-03-30: 6.15"


def test_close_that_cannot_be_is_refused_in_words(proposer: Client) -> None:
    data = {"series": "stock", "trading_day": "2007-03-31", "close": "6.15", "reason": "appraisal"}
    assert "2007-03-31 is not a Trading Day (Saturday)." in read(post(proposer, "heldclose_propose_close", **data))


def test_override_is_added_with_who_and_when(superuser: Client, friday: datetime) -> None:
    assert "New York time. Empty: 16:00." in page(superuser, "tradingdayoverride_add")
    data = {"day": "2007-03-29", "kind": "early_close", "closes_at": "14:30", "reason": "storm"}
    shown = read(post(superuser, "tradingdayoverride_add", **data))
    row = TradingDayOverride.objects.get()
    assert (row.recorded_by.username, row.recorded_at, row.revision) == ("root@example.com", friday, 1)
    assert "Trading, with an early close" in shown


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"kind": "early_close"}, "An early close has a time; a day closed, or as the calendar says, has none."),
        ({"kind": "closed", "closes_at": "13:00"},
         "An early close has a time; a day closed, or as the calendar says, has none."),
        ({"kind": "early_close", "closes_at": "20:00"}, "Trading closes after 09:30 and by 18:00 New York time."),
    ],
)  # fmt: skip
def test_override_that_cannot_be_is_refused_in_words(superuser: Client, data: dict[str, str], message: str) -> None:
    shown = read(post(superuser, "tradingdayoverride_add", **{"day": "2007-03-29", "reason": "storm"} | data))
    assert message in shown
    assert TradingDayOverride.objects.count() == 0


def test_override_is_open_and_read_only(superuser: Client, maker: User, now: datetime) -> None:
    row = TradingDayOverride.objects.create(
        day="2007-03-29", kind="closed", reason="storm", recorded_by=maker, recorded_at=now
    )
    shown = page(superuser, "tradingdayoverride_change", row.pk)
    assert "Recorded by: maker@example.com" in shown
    assert "Save" not in shown
    assert superuser.get(reverse("admin:market_tradingdayoverride_delete", args=[row.pk])).status_code == 403
    assert post(superuser, "tradingdayoverride_change", row.pk, reason="x").status_code == 403


def test_close_of_round_thousands_is_written_out(superuser: Client, record: Record) -> None:
    record("2007-03-28", "1000", series="sp500")
    assert "S&P 500 1000 1 test" in page(superuser, "closingprice_changelist")


def test_list_of_held_closes_is_constant_in_queries(
    superuser: Client, held: HeldClose, django_assert_num_queries: Callable[..., Any]
) -> None:
    page(superuser, "heldclose_changelist")
    with django_assert_num_queries(4):
        page(superuser, "heldclose_changelist")
    for close in ("6.3", "6.4"):
        HeldClose.objects.create(
            series="stock", trading_day="2007-03-29", close=close, source="x", reason="conflict",
            compared_with=held.compared_with, received_at=held.received_at,
        )  # fmt: skip
    with django_assert_num_queries(4):
        page(superuser, "heldclose_changelist")


def test_list_of_overrides_is_constant_in_queries(
    superuser: Client, maker: User, now: datetime, django_assert_num_queries: Callable[..., Any]
) -> None:
    page(superuser, "tradingdayoverride_changelist")
    for revisions in ([1], [2, 3]):
        for revision in revisions:
            TradingDayOverride.objects.create(
                day="2007-03-29", revision=revision, kind="closed", reason="x", recorded_by=maker, recorded_at=now
            )
        with django_assert_num_queries(5):
            page(superuser, "tradingdayoverride_changelist")


def test_closure_of_a_day_with_closes_is_asked_about_and_told(superuser: Client, record: Record) -> None:
    record("2007-03-29", "6.10", source="vendor")
    data = {"day": "2007-03-29", "kind": "closed", "reason": "storm"}
    shown = read(post(superuser, "tradingdayoverride_add", **data))
    assert (
        "2007-03-29 has recorded closes (Stock 2007-03-29: 6.1, vendor), so there seems to have been trading." in shown
    )
    assert TradingDayOverride.objects.count() == 0
    response = post(superuser, "tradingdayoverride_add", **data, despite_closes="on")
    assert "2007-03-29 is not a Trading Day (storm). No close of it is missing or used." in [
        str(message) for message in response.context["messages"]
    ]


def test_list_of_closing_prices_leads_to_the_chart(superuser: Client, record: Record) -> None:
    record("2007-03-29", "6.10")
    assert "Chart" in page(superuser, "closingprice_changelist")
    shown = page(superuser, "closingprice_chart", query="?range=1M")
    assert "2007-03-29 6.1 6.1 6.1" in shown
