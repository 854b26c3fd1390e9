"""The pages of suppositions: they read, ask the rules and show. Another's Award does not exist here either."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from awards.market.calendar import trading_calendar
from awards.models import Award
from awards.queries import holdings
from awards.what_if import pages
from awards.what_if.forms import ChangeForm, LeaveAllForm, LeaveForm, WaitForm, WhatIfForm
from config import clock

INVALID = 422


def _ground(request: HttpRequest, pk: int) -> pages.Ground:
    now = clock.now()
    today = clock.new_york_date(now)
    visible = Award.objects.visible_to(request.user, today).filter(pk=pk)
    found = pages.ground(visible, now=now, today=today, calendar=trading_calendar())
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, template: str, at: pages.Ground, form: Any, **context: Any) -> HttpResponse:
    about = {"at": at, "award": at.award, "holding": at.holding, "form": form, **context}
    return render(request, template, about, status=INVALID if form is not None and form.errors else 200)


@require_GET
@login_required
@never_cache
def what_if(request: HttpRequest, pk: int) -> HttpResponse:
    at = _ground(request, pk)
    sheet = at.sheet
    if sheet is None or at.holding.is_over:
        return _page(request, "awards/what_if.html", at, None)
    form = WhatIfForm.of(
        request.GET,
        WhatIfForm.first_values(sheet, at.holding.exercisable or at.most),
        sheet=sheet,
        last_day=at.last_day,
        most=at.most,
        calendar=at.calendar,
    )
    context = pages.what_if(at, sheet, form) if form.is_valid() else {}
    template = "awards/_what_if_result.html" if request.htmx else "awards/what_if.html"  # type: ignore[attr-defined]
    response = _page(request, template, at, form, sliders=form.sliders(), **context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_GET
@login_required
@never_cache
def change(request: HttpRequest, pk: int) -> HttpResponse:
    at = _ground(request, pk)
    sheet = at.sheet
    first, last = pages.change_days(sheet, at.calendar) if sheet else (None, None)
    if sheet is None or first is None or last is None or first >= last:
        return _page(request, "awards/change.html", at, None, is_too_new=sheet is not None)
    initial = {"earlier": pages.a_month_before(sheet, at.calendar).isoformat(), "later": last.isoformat()}
    form = ChangeForm.of(request.GET, initial, first=first, last=last, calendar=at.calendar)
    context = pages.change(at, sheet, form) if form.is_valid() else {}
    return _page(request, "awards/change.html", at, form, **context)


@require_GET
@login_required
@never_cache
def wait(request: HttpRequest, pk: int) -> HttpResponse:
    at = _ground(request, pk)
    sheet = at.sheet
    first, last = pages.wait_days(at, sheet) if sheet else (None, None)
    if sheet is None or at.holding.is_over or first is None or last is None or first > last:
        return _page(request, "awards/wait.html", at, None, is_last_day=sheet is not None and not at.holding.is_over)
    initial = {"until": pages.usual_wait(at, sheet).isoformat()}
    form = WaitForm.of(request.GET, initial, first=first, last=last, calendar=at.calendar)
    context = pages.wait(at, sheet, form) if form.is_valid() else {}
    return _page(request, "awards/wait.html", at, form, **pages.roll(at, sheet), **context)


@require_GET
@login_required
@never_cache
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    at = _ground(request, pk)
    if not at.most or pages.is_ended(at.holding, at.today):
        return _page(request, "awards/leave.html", at, None)
    first, last = pages.leave_days(at.holding, at.today)
    form = LeaveForm.of(request.GET, {"day": first.isoformat()}, first=first, last=last)
    found = pages.leave(at.holding, form, at.calendar) if form.is_valid() else []
    return _page(request, "awards/leave.html", at, form, consequences=found)


@require_GET
@login_required
@never_cache
def leave_all(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    today, calendar = clock.new_york_date(now), trading_calendar()
    mine = Award.objects.visible_to(request.user, today)
    held = [row for row in holdings(mine, on=today, calendar=calendar) if row.left]
    ended = [(row, pages.exercisable_at(row, now)) for row in held if pages.is_ended(row, today)]
    last = max((pages.leave_days(row, today)[1] for row in held if not pages.is_ended(row, today)), default=None)
    context = {"ended": ended}
    if last is None:
        return render(request, "awards/leave_all.html", {"form": None, **context})
    form = LeaveAllForm.of(request.GET, {"day": today.isoformat(), "reason": "other"}, first=today, last=last)
    found = pages.leave_all(held, form, calendar) if form.is_valid() else {}
    status = INVALID if form.errors else 200
    return render(request, "awards/leave_all.html", {"form": form, **context, **found}, status=status)
