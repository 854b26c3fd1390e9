"""What the Committee's pages have in common: records are read here, and change through decisions of their own."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from awards.admin.confirm import Confirm
from awards.admin.trail import full_name, told, trail_of
from awards.market.long_list import LongList
from awards.templatetags.figures import NOTHING

EVENTS_A_PAGE = 50


def shown(field: str, write: Callable[[Any], str], name: str = "", *, ordering: str = "") -> Callable[[Any], str]:
    """A column or read-only field: that field (dotted through relations) as the portal writes such figures.

    `ordering` names the column to sort by where the field is a property.
    """

    def show(row: Any) -> str:
        value = row
        for part in field.split("__"):
            value = None if value is None else getattr(value, part)
        return write(value)

    show.__name__ = field
    return admin.display(description=name or field.replace("_", " ").capitalize(), ordering=ordering or field)(show)


def person(field: str, name: str = "") -> Callable[[Any], str]:
    """A column or read-only field naming a person."""
    return shown(field, lambda user: NOTHING if user is None else full_name(user), name)


def section(name: str | None, *fields: Any) -> Any:
    """A part of a record's page: a fieldset of names, columns of `shown`, and functions of the row."""
    return name, {"fields": fields}


class RecordAdmin(LongList):
    """Reads one kind of record. Nothing is deleted; what adds or changes is a `Confirm` page with its permission.

    `adding` is the page behind the list's button, `decisions` are those of one row, `for_all` those of the list.
    """

    adding: ClassVar[type[Confirm] | None] = None
    decisions: ClassVar[tuple[type[Confirm], ...]] = ()
    for_all: ClassVar[tuple[type[Confirm], ...]] = ()

    # Whether rows have audit events of their own.
    has_history: ClassVar[bool] = True

    actions = None
    change_form_template = "admin/record.html"
    change_list_template = "admin/records.html"
    object_history_template = "admin/record_history.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.adding is not None and self.adding(self).is_permitted(request.user, None)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return flatten_fieldsets(self.get_fieldsets(request, obj))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        of_rows = [
            path(f"<int:object_id>/{page.slug}/", view(page(self).view), name=self.url_name(page))
            for page in self.decisions
        ]
        of_list = [path(f"{page.slug}/", view(page(self).view), name=self.url_name(page)) for page in self.for_all]
        return [*of_rows, *of_list, *super().get_urls()]

    def url_name(self, page: type[Confirm]) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page.slug.replace('-', '_')}"

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if self.adding is None:
            raise PermissionDenied
        return self.adding(self).view(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            return super().change_view(request, object_id, form_url, extra_context)
        context = {
            "title": str(row),
            "subtitle": None,
            "has_history": self.has_history,
            "buttons": self._buttons(request, row),
            **self.panels(request, row),
        }
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def panels(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the row's page shows below its fields, for its own template."""
        return {}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context = {
            "title": str(self.opts.verbose_name_plural).capitalize(),
            "add_label": self.adding.title if self.adding else "",
            "list_buttons": [
                page(self).button_for(request.user, None)
                for page in self.for_all
                if page(self).is_permitted(request.user, None)
            ],
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def _buttons(self, request: HttpRequest, row: Any) -> list[dict[str, Any]]:
        pages = [page(self) for page in self.decisions]
        return [
            page.button_for(request.user, row)
            for page in pages
            if page.is_permitted(request.user, row) and page.is_open(row)
        ]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The row's audit events, newest first, instead of the admin's own log, which only knows the admin."""
        row = get_object_or_404(self.get_queryset(request), pk=_key(object_id))
        if not self.has_view_permission(request, row) or not request.user.has_perm("awards.view_auditevent"):
            raise PermissionDenied
        page = Paginator(trail_of(row), EVENTS_A_PAGE).get_page(request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request),
            "title": f"History of {row}",
            "opts": self.opts,
            "original": row,
            "page": page,
            "events": told(page),
        }
        return TemplateResponse(request, self.object_history_template, context)


def _key(object_id: str) -> int:
    """The key a history address names; 0, which no row has, for one that is no number."""
    return int(object_id) if object_id.isascii() and object_id.isdigit() and len(object_id) < 19 else 0
