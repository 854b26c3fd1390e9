"""Every page of the desk, found in the admin's own registry, is opened and read."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, reverse

from awards.admin.records import RecordAdmin
from tests.awards.admin.people import at_the_desk, signed_in, superuser

OURS = ("awards", "exercises")
# Django's own addresses that are no pages: nothing is deleted, and one only redirects.
NOT_PAGES = ("delete",)


@pytest.fixture(autouse=True)
def today(at: Callable[[str], datetime]) -> datetime:
    return at("2007-04-02T11:30-04:00")


@pytest.fixture
def root(db: None) -> Client:
    return signed_in(superuser())


def desks() -> dict[str, admin.ModelAdmin]:
    return {f"{desk.opts.app_label}.{desk.opts.model_name}": desk for desk in admin.site._registry.values()}


def of_ours() -> Iterator[tuple[type[Model], str, URLPattern]]:
    for model, desk in admin.site._registry.items():
        if model._meta.app_label in OURS:
            for pattern in desk.get_urls():
                if isinstance(pattern, URLPattern) and pattern.name and not pattern.name.endswith(NOT_PAGES):
                    yield model, pattern.name, pattern


PAGES = [pytest.param(model, name, id=name) for model, name, _ in of_ours()]


def address_of(name: str, row: Any) -> str:
    try:
        return reverse(f"admin:{name}")
    except NoReverseMatch:
        return reverse(f"admin:{name}", args=[row.pk])


def title_of(html: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", html, re.DOTALL)
    return unescape(found[1].strip()) if found else ""


def expected_title(model: type[Model], name: str, row: Any) -> str:
    desk = admin.site._registry[model]
    step = name.removeprefix(f"{model._meta.app_label}_{model._meta.model_name}_")
    assert isinstance(desk, RecordAdmin)
    pages = {page.slug.replace("-", "_"): page.title for page in (*desk.decisions, *desk.for_all)}
    adding = desk.adding.title if desk.adding else "Record a Grantee"
    fixed = {
        "changelist": str(model._meta.verbose_name_plural).capitalize(),
        "add": adding,
        "change": str(row),
        "history": f"History of {row}",
    }
    return (fixed | pages)[step]


def is_closed(model: type[Model], name: str) -> bool:
    """An add page of a model whose rows come from actions elsewhere."""
    desk: Any = admin.site._registry[model]
    return name.endswith("_add") and desk.adding is None and model._meta.model_name != "grantee"


@pytest.mark.parametrize(("model", "name"), PAGES)
def test_page_opens(rows: dict[type[Model], Any], root: Client, model: type[Model], name: str) -> None:
    row = rows[model]
    response = root.get(address_of(name, row))
    if is_closed(model, name):
        assert response.status_code == 403
        return
    if name.endswith("_document"):
        assert response.content == bytes(row.document)
        assert response.headers["X-Document-SHA256"] == row.document_sha256
        return
    html = response.content.decode()
    assert (response.status_code, title_of(html)) == (200, expected_title(model, name, row))
    assert "My awards" in html
    assert re.findall(r"<[^>]+\sstyle=|<style|<script(?![^>]*\ssrc=)|\son\w+=\"", html) == []


@pytest.mark.parametrize("name", sorted(desks()))
def test_list_of_every_registered_model_opens(rows: dict[type[Model], Any], root: Client, name: str) -> None:
    response = root.get(reverse(f"admin:{name.replace('.', '_')}_changelist"))
    assert (response.status_code, title_of(response.content.decode()) != "") == (200, True)


def test_every_model_of_ours_is_there() -> None:
    assert sorted(name for name in desks() if name.startswith(OURS)) == [
        "awards.agreementacceptance",
        "awards.auditevent",
        "awards.auditseal",
        "awards.award",
        "awards.capitaladjustment",
        "awards.determination",
        "awards.employmentfact",
        "awards.grantee",
        "awards.masteragreement",
        "awards.message",
        "awards.optionentry",
        "awards.outboxmessage",
        "awards.question",
        "awards.representative",
        "exercises.exercisenotice",
        "exercises.jobrun",
        "exercises.withholdingrate",
    ]


@pytest.mark.parametrize("name", [name for name in sorted(desks()) if name.startswith(OURS)])
def test_nothing_is_deleted(rows: dict[type[Model], Any], root: Client, name: str) -> None:
    desk = desks()[name]
    row = rows[desk.model]
    address = reverse(f"admin:{name.replace('.', '_')}_delete", args=[row.pk])
    assert [root.get(address).status_code, root.post(address, {"post": "yes"}).status_code] == [403, 403]
    listed = reverse(f"admin:{name.replace('.', '_')}_changelist")
    root.post(listed, {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert type(row).objects.filter(pk=row.pk).exists()
    assert desk.inlines == ()


@pytest.mark.parametrize("name", [name for name in sorted(desks()) if name.startswith(OURS) and "grantee" not in name])
def test_no_field_is_changed(rows: dict[type[Model], Any], root: Client, name: str) -> None:
    row = rows[desks()[name].model]
    address = reverse(f"admin:{name.replace('.', '_')}_change", args=[row.pk])
    html = root.get(address).content.decode()
    fields = re.findall(r'<(?:input|select|textarea)[^>]*name="([^"]+)"', html)
    assert [field for field in fields if field != "csrfmiddlewaretoken"] == []
    assert root.post(address, {"name": "changed"}).status_code == 403


@pytest.mark.parametrize("name", [name for name in sorted(desks()) if name.startswith(OURS)])
def test_auditor_reads_every_page_and_finds_no_button(rows: dict[type[Model], Any], name: str) -> None:
    auditor = signed_in(at_the_desk()["auditor"])
    row = rows[desks()[name].model]
    pages = [
        auditor.get(reverse(f"admin:{name.replace('.', '_')}_{page}", args=keys)).content.decode()
        for page, keys in (("changelist", []), ("change", [row.pk]))
    ]
    assert [title_of(html) != "" for html in pages] == [True, True]
    assert [text for text in ("desk-decisions", "addlink", 'name="_save"') if text in "".join(pages)] == []
