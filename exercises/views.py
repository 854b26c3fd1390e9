from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from django_tables2 import LazyPaginator, RequestConfig

from awards.actions.refusal import Refused
from awards.documents.response import pdf_response
from awards.exporting import exported
from awards.filters import asked
from awards.home import closes_in_force
from awards.market.calendar import trading_calendar
from awards.models import Award
from awards.queries import Holding, capacity_of, holdings
from awards.vocabulary import told
from awards.worksheet_record import recompute
from config import clock
from exercises.actions.notice import give_notice, used_already
from exercises.actions.review import review_notice
from exercises.actions.reviewed import ReviewedSomethingElse
from exercises.documents import receipt as receipt_as_document
from exercises.documents import trail_hash
from exercises.filters import NoticesFilter
from exercises.forms import ConfirmForm, EnterForm
from exercises.models import ExerciseNotice
from exercises.progress import stages
from exercises.tables import NoticesTable

PER_PAGE = 25


def _holding(request: HttpRequest, pk: int, now: datetime) -> Holding:
    today = clock.new_york_date(now)
    visible = Award.objects.visible_to(request.user, today).filter(pk=pk)
    get_object_or_404(visible)
    (holding,) = holdings(visible, on=today, calendar=trading_calendar(), now=now)
    return holding


@require_GET
@login_required
@never_cache
def enter(request: HttpRequest, award_pk: int) -> HttpResponse:
    now = clock.now()
    holding = _holding(request, award_pk, now)
    form = EnterForm(
        initial={"options": request.GET.get("options", holding.exercisable)}, exercisable=holding.exercisable
    )
    sheet = holding.worth.worksheet if holding.worth else None
    context = {
        "award": holding.award,
        "holding": holding,
        "form": form,
        "per_option": sheet.per_option if sheet else None,
        "refusal": _why_not(request.user, holding, now),
        **_market_now(now),
    }
    return render(request, "exercises/enter.html", context)


def _why_not(user: Any, holding: Holding, now: datetime) -> str:
    """Why nothing can be exercised now by this reader, in the words that a notice would be refused with."""
    if not holding.exercisable:
        return told(holding.value_reason) or _("Nothing of this Award can be exercised now.")
    if capacity_of(user, holding.award, clock.new_york_date(now)) is None:
        return _("You can see this Award, and another person acts for it now (§2.5, §5).")
    return ""


def _market_now(now: datetime) -> dict[str, Any]:
    """The closes in force, and on a Trading Day until when a notice gets its date, and which one it gets after that."""
    calendar = trading_calendar()
    today = clock.new_york_date(now)
    found = closes_in_force(now, calendar)
    if calendar.is_trading_day(today) and now <= calendar.close_at(today):
        found |= {"cut_off": calendar.close_at(today), "exercise_date_after": calendar.next_trading_day(today)}
    return found


@require_GET
@login_required
@never_cache
def review(request: HttpRequest, award_pk: int) -> HttpResponse:
    now = clock.now()
    holding = _holding(request, award_pk, now)
    if "form_key" not in request.GET:
        # A link without a key gets one of its own: the address is then the same after Back and reload.
        return redirect(f"{request.path}?{urlencode({**request.GET.dict(), 'form_key': uuid4()})}")
    form = EnterForm(request.GET, exercisable=holding.exercisable)
    given = _given_already(request, form, now)
    if given is not None:
        messages.info(request, used_already(given))
        return redirect("exercises:receipt", given.pk)
    if not form.is_valid():
        context = {"award": holding.award, "holding": holding, "form": form, **_market_now(now)}
        sheet = holding.worth.worksheet if holding.worth else None
        context |= {"per_option": sheet.per_option if sheet else None, "refusal": _why_not(request.user, holding, now)}
        return render(request, "exercises/enter.html", context, status=422)
    return _show_review(request, holding, form.cleaned_data["options"], now, form_key=form.cleaned_data["form_key"])


def _given_already(request: HttpRequest, form: EnterForm, now: datetime) -> ExerciseNotice | None:
    """The notice that the form's key gave before, whatever can be exercised now."""
    form.is_valid()
    key = form.cleaned_data.get("form_key")
    visible = ExerciseNotice.objects.visible_to(request.user, clock.new_york_date(now))
    return visible.filter(form_key=key).first() if key else None


def _show_review(
    request: HttpRequest,
    holding: Holding,
    options: int,
    now: datetime,
    *,
    form_key: UUID,
    form: ConfirmForm | None = None,
    status: int = 200,
) -> HttpResponse:
    found = review_notice(award=holding.award, options=options, given_by=request.user, now=now)
    if form is None and found.exercise_date is not None:
        form = ConfirmForm.of_review(
            form_key=form_key,
            options=options,
            exercise_date=found.exercise_date,
            consideration=found.consideration,
        )
    context = {
        "award": holding.award,
        "options": options,
        "received_at": now,
        "exercise_date": found.exercise_date,
        "worksheet": found.worksheet,
        "waits_for": found.waits_for,
        "refusal": found.refusal,
        "last_moment": holding.last_moment,
        "outstanding_after": holding.exercisable - options,
        "form": form,
    }
    return render(request, "exercises/review.html", context, status=status)


def signed_in_or_back_to_review(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A session that ended takes nothing along: after signing in the same review is there, with the form's own key."""

    @wraps(view)
    def asking(request: HttpRequest, award_pk: int) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, award_pk)
        asked = {name: request.POST.get(name, "") for name in ("options", "form_key")}
        return redirect_to_login(f"{reverse('exercises:review', args=[award_pk])}?{urlencode(asked)}")

    return asking


@require_http_methods(["GET", "POST"])
@signed_in_or_back_to_review
@reauthentication_required(allow_get=True)
def confirm(request: HttpRequest, award_pk: int) -> HttpResponse:
    if request.method == "GET":
        # Whoever comes back to the question for the password and answers it again is led here, with nothing to confirm.
        return redirect("exercises:enter", award_pk)
    now = clock.now()
    award = get_object_or_404(Award.objects.visible_to(request.user, clock.new_york_date(now)), pk=award_pk)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        if not {"options", "form_key"} <= form.cleaned_data.keys():
            messages.error(request, _("The form was not complete. Enter the number again."))
            return redirect("exercises:enter", award_pk)
        return _show_review(request, _holding(request, award_pk, now), **_asked(form), now=now, form=form, status=422)
    try:
        notice = give_notice(
            award=award,
            options=form.cleaned_data["options"],
            given_by=request.user,
            received_at=now,
            form_key=form.cleaned_data["form_key"],
            now=now,
            reviewed=form.reviewed(),
        )
    except ReviewedSomethingElse as refusal:
        messages.warning(request, str(refusal))
        return _show_review(request, _holding(request, award_pk, now), **_asked(form), now=now, status=409)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("exercises:enter", award_pk)
    return redirect(f"{reverse('exercises:receipt', args=[notice.pk])}?new=1")


def _asked(form: ConfirmForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("options", "form_key")}


def _notices(request: HttpRequest, today: date) -> QuerySet[ExerciseNotice]:
    visible = ExerciseNotice.objects.visible_to(request.user, today)
    return visible.select_related("award__grantee", "pricing").prefetch_related("pricing__settlements")


@require_GET
@login_required
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    notice = get_object_or_404(_notices(request, clock.today()), pk=pk)
    pricing = notice.pricing if notice.is_priced else None
    context = {
        "notice": notice,
        "pricing": pricing,
        "worksheet": recompute(pricing.worksheet) if pricing else None,
        "waits_for": None if pricing else trading_calendar().previous_trading_day(notice.exercise_date),
        "settlement": stages(notice),
        "trail_hash": trail_hash(notice),
        "is_new": "new" in request.GET,
    }
    return render(request, "exercises/receipt.html", context)


@require_GET
@login_required
def receipt_document(request: HttpRequest, pk: int) -> HttpResponse:
    notice = get_object_or_404(_notices(request, clock.today()), pk=pk)
    return pdf_response(receipt_as_document(notice).pdf(), f"{notice.number}.pdf")


@require_GET
@login_required
def notices(request: HttpRequest) -> HttpResponse:
    found = NoticesFilter(asked(request, NoticesFilter), queryset=_notices(request, clock.today()))
    table = NoticesTable(found.qs)
    if "export" in request.GET:
        RequestConfig(request, paginate=False).configure(table)
        return exported(table, request.GET["export"], "exercises")
    # Never counts: it reads one row more than a page, and knows by it whether another follows.
    RequestConfig(request, paginate={"per_page": PER_PAGE, "paginator_class": LazyPaginator}).configure(table)
    return render(request, "exercises/list.html", {"filter": found, "table": table})
