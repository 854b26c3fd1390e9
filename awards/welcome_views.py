"""The first view by itself, and that a person has seen it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from awards.actions.preferences import change_preferences
from awards.first_view import first_view
from awards.home import closes_in_force
from awards.market.calendar import trading_calendar
from awards.models import Award
from awards.queries import valued_holdings
from config import clock


@require_GET
@login_required
def welcome(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Of that Award, or of the one that shows most."""
    now = clock.now()
    today, calendar = clock.new_york_date(now), trading_calendar()
    visible = Award.objects.visible_to(request.user, today)
    of_one = visible if pk is None else visible.filter(pk=pk)
    mine, market = valued_holdings(of_one, on=today, calendar=calendar, now=now)
    if pk is not None and not mine:
        raise Http404
    context = {**first_view(mine), **closes_in_force(now, calendar, market.closes)}
    return render(request, "awards/welcome.html", context)


@require_POST
@login_required
def seen(request: HttpRequest) -> HttpResponse:
    """The first page shows it no more; or again, where that was asked for."""
    hides = "again" not in request.POST
    change_preferences(user=request.user, wanted={"hides_first_view": hides}, now=clock.now())
    if hides:
        messages.success(request, _("You find it again under “How it works”."))
    return redirect("awards:home")
