"""Lists of the Committee's desk that cost the same however long their tables are.

Whatever a list shows is found by an index and counted no further than it is paged through; a search first finds the
keys of a bounded number of rows. Each list's order, and each finder's field, therefore needs an index of its table.
"""

from typing import Any, ClassVar, cast

from django.contrib import admin
from django.contrib.admin import ShowFacets
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from awards.market.days_above import days_above
from awards.market.finding import Finder, Search

# As many rows as a list can be paged through: whoever looks for more searches or filters.
MOST_ROWS = 5_000
MOST_VALUES = 100
_EACH_VALUE = """
    WITH RECURSIVE each (value) AS (
        SELECT min({column}) FROM {table}
        UNION ALL
        SELECT (SELECT min({column}) FROM {table} WHERE {column} > each.value) FROM each WHERE value IS NOT NULL
    )
    SELECT value FROM each WHERE value IS NOT NULL LIMIT {most}
"""


class FirstRows(Paginator):
    """Counts no further than a list is paged through, so that a list of a million costs what one of thousands does."""

    @cached_property
    def count(self) -> int:
        return cast(QuerySet[Any], self.object_list).order_by()[:MOST_ROWS].count()

    def page(self, number: Any) -> Page:
        """The keys of the page by the order's index, then its rows: those before it are not joined with anything."""
        number, rows = self.validate_number(number), cast(QuerySet[Any], self.object_list)
        end = number * self.per_page
        keys = list(rows.values_list("pk", flat=True)[end - self.per_page : end])
        return Page(rows.filter(pk__in=keys), number, self)


def each_value(model: type[Model], field: Any) -> list[Any]:
    """The different values of a field that an index begins with, read by skipping from each to the next."""
    quote = connection.ops.quote_name
    table, column = quote(model._meta.db_table), quote(field.column)
    with connection.cursor() as cursor:
        cursor.execute(_EACH_VALUE.format(table=table, column=column, most=MOST_VALUES))
        return [value for (value,) in cursor.fetchall()]


class EachValueFilter(admin.AllValuesFieldListFilter):
    """Offers the values there are without reading every row for them."""

    def __init__(self, field: Any, request: Any, params: Any, model: Any, model_admin: Any, field_path: str) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)
        self.lookup_choices: Any = each_value(model, field)

    def choices(self, changelist: ChangeList) -> Any:
        return [{**each, "display": each["display"] or "Not on record"} for each in super().choices(changelist)]


class LongChangeList(ChangeList):
    """The admin's list, with the days above it taken from the calendar."""

    most_rows = MOST_ROWS
    is_cut = False

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        rows = super().get_queryset(request, exclude_parameters)
        self.is_cut = getattr(request, "search_is_cut", False)
        return rows

    def days_above(self) -> dict[str, Any]:
        return days_above(self)


class LongList(admin.ModelAdmin):
    """A list whose search is that of its finders, where it has any."""

    finders: ClassVar[tuple[Finder, ...]] = ()

    paginator = FirstRows
    show_full_result_count = False
    # Counting what each filter would keep reads the whole table.
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 0
    change_list_template = "admin/long_list.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LongChangeList

    def get_search_fields(self, request: HttpRequest) -> Any:
        """Not empty where a list can be searched: the admin then shows the field."""
        return self.finders or super().get_search_fields(request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.replace("\x00", "").strip()
        if not self.finders or not text:
            return super().get_search_results(request, queryset, text)
        search, rows = Search(text), self.model._default_manager.order_by()
        keys = {key for find in self.finders if not search.is_done for key in find(rows, search)}
        request.search_is_cut = search.is_cut  # type: ignore[attr-defined]
        return queryset.filter(pk__in=keys), False
