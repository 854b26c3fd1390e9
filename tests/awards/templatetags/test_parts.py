"""The parts that pages are built from: the table, the form field, the error summary."""

import django_tables2 as tables
import pytest
from django import forms
from django.template.loader import render_to_string
from django.test import RequestFactory
from django_tables2 import LazyPaginator, RequestConfig


class Prices(tables.Table):
    day = tables.Column()
    close = tables.Column(attrs={"th": {"class": "num"}, "td": {"class": "num"}})
    note = tables.Column(orderable=False)


class Number(forms.Form):
    options = forms.IntegerField(label="How many options", help_text="A whole number.", max_value=5)
    sure = forms.BooleanField(label="I am sure")


def _html(path: str) -> str:
    request = RequestFactory().get(path)
    table = Prices([{"day": f"day {n}", "close": n, "note": "<b>"} for n in range(1, 6)], order_by="-close")
    RequestConfig(request, paginate={"per_page": 2, "paginator_class": LazyPaginator}).configure(table)
    return table.as_html(request)


@pytest.fixture
def page() -> str:
    return _html("/?sort=-close&page=2&kept=1")


def test_a_sorted_column_says_so(page):
    assert page.count("aria-sort=") == 1
    assert 'aria-sort="descending"><a href="?sort=close&amp;kept=1">Close</a></th>' in page


def test_sorting_keeps_the_query_and_goes_to_the_first_page(page):
    assert '<a href="?sort=day&amp;kept=1">Day</a>' in page


def test_cells_are_labelled_for_narrow_screens_and_escaped(page):
    assert '<th scope="row" role="rowheader">day 3</th>' in page
    assert '<td role="cell" data-label="Close" class="num">3</td>' in page
    assert '<td role="cell" data-label="Note">&lt;b&gt;</td>' in page


def test_the_pager_has_both_ways_and_no_total(page):
    assert page.count('rel="prev"') == 1
    assert page.count('rel="next"') == 1
    assert "Page 2<" in page


def test_one_page_has_no_pager():
    assert "pager" not in Prices([{"day": 1, "close": 1, "note": ""}]).as_html(RequestFactory().get("/"))


def test_an_empty_table_says_so():
    table = Prices([], empty_text="No closes yet.")
    assert '<td role="cell" colspan="3">No closes yet.</td>' in table.as_html(RequestFactory().get("/"))


def test_a_field_names_its_help_and_has_no_colon():
    html = str(Number())
    assert '<label for="id_options">How many options</label>' in html
    assert '<div class="helptext" id="id_options_helptext">A whole number.</div>' in html
    assert 'aria-describedby="id_options_helptext"' in html


def test_a_wrong_field_is_linked_from_the_summary_and_described_by_its_error():
    html = str(Number({"options": "9", "sure": "on"}))
    assert '<a href="#id_options">How many options</a>: Ensure this value is less than or equal to 5.' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_options_helptext id_options_error"' in html
    assert 'id="id_options_error"' in html


def test_a_right_form_has_no_summary():
    form = Number({"options": "5", "sure": "on"})
    assert form.is_valid()
    assert "error-summary" not in str(form)


def test_the_fault_page_needs_no_context():
    html = render_to_string("500.html")
    assert "<h1>Something went wrong on our side</h1>" in html
