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
from django.http import Http404, HttpRequest, HttpResponse
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
from awards.market.calendar import NewYorkCalendar, trading_calendar
from awards.models import Award, Question
from awards.on_behalf import for_whom, is_own
from awards.queries import Holding, holdings
from awards.question_views import asking, newest
from awards.worksheet_record import recompute
from config import clock
from exercises.actions.notice import give_notice, used_already
from exercises.actions.review import review_notice
from exercises.actions.reviewed import ReviewedSomethingElse
from exercises.cut_off import cut_off_at
from exercises.documents import given_as, trail_hash
from exercises.documents import receipt as receipt_as_document
from exercises.entering import estimate_now, why_not
from exercises.estimate import lines_of, provision_of, withheld_from
from exercises.filters import NoticesFilter
from exercises.forms import ConfirmForm, EnterForm
from exercises.last_known import pays_nothing_on
from exercises.models import ExerciseNotice
from exercises.progress import stages
from exercises.questions import of_receipt
from exercises.tables import NoticesTable

PER_PAGE = 25


def _holding(request: HttpRequest, pk: int, now: datetime, calendar: NewYorkCalendar) -> Holding:
    today = clock.new_york_date(now)
    visible = Award.objects.visible_to(request.user, today).filter(pk=pk)
    found = holdings(visible, on=today, calendar=calendar, now=now)
    if not found:
        raise Http404
    return found[0]


@require_GET
@login_required
@never_cache
def enter(request: HttpRequest, award_pk: int) -> HttpResponse:
    now, calendar = clock.now(), trading_calendar()
    holding = _holding(request, award_pk, now, calendar)
    form = EnterForm(initial={"options": request.GET.get("options", holding.exercisable)}, holding=holding)
    return _show_enter(request, holding, form, now, calendar)


def _show_enter(
    request: HttpRequest,
    holding: Holding,
    form: EnterForm,
    now: datetime,
    calendar: NewYorkCalendar,
    *,
    status: int = 200,
) -> HttpResponse:
    sheet = holding.worth.worksheet if holding.worth else None
    found = closes_in_force(now, calendar)
    refusal = why_not(request.user, holding, now, calendar)
    context = {
        "award": holding.award,
        "for_whom": for_whom(request.user, holding.award, holding.on),
        "holding": holding,
        "form": form,
        "per_option": sheet.per_option if sheet else None,
        "refusal": refusal,
        "cut_off": cut_off_at(now, last_moment=holding.last_moment, calendar=calendar),
        "again": _address("enter", holding.award, options=form["options"].value()),
        "estimate": None if refusal else estimate_now(holding, holding.exercisable, on=found["exercise_date"]),
        "nothing_on": pays_nothing_on(holding, holding.exercisable, on=found["exercise_date"]),
        **found,
    }
    return render(request, "exercises/enter.html", context, status=status)


def _address(page: str, award: Award, **asked: Any) -> str:
    return f"{reverse(f'exercises:{page}', args=[award.pk])}?{urlencode(asked)}"


@require_GET
@login_required
@never_cache
def review(request: HttpRequest, award_pk: int) -> HttpResponse:
    now, calendar = clock.now(), trading_calendar()
    holding = _holding(request, award_pk, now, calendar)
    if "form_key" not in request.GET:
        # A link without a key gets one of its own: the address is then the same after Back and reload.
        return redirect(f"{request.path}?{urlencode({**request.GET.dict(), 'form_key': uuid4()})}")
    form = EnterForm(request.GET, holding=holding)
    given = _given_already(request, form, now)
    if given is not None:
        messages.info(request, used_already(given))
        return redirect("exercises:receipt", given.pk)
    if not form.is_valid():
        return _show_enter(request, holding, form, now, calendar, status=422)
    asked = {name: form.cleaned_data[name] for name in ("options", "form_key")}
    return _show_review(request, holding, **asked, now=now, calendar=calendar)


def _given_already(request: HttpRequest, form: EnterForm, now: datetime) -> ExerciseNotice | None:
    """The notice that the form's key gave before, whatever can be exercised now."""
    form.is_valid()
    key = form.cleaned_data.get("form_key")
    visible = ExerciseNotice.objects.visible_to(request.user, clock.new_york_date(now))
    return visible.filter(form_key=key).first() if key else None


def _show_review(
    request: HttpRequest,
    holding: Holding,
    *,
    options: int,
    form_key: UUID,
    now: datetime,
    calendar: NewYorkCalendar,
    form: ConfirmForm | None = None,
    status: int = 200,
) -> HttpResponse:
    found = review_notice(award=holding.award, options=options, given_by=request.user, now=now, calendar=calendar)
    if form is None and found.exercise_date is not None:
        form = ConfirmForm.of_review(
            form_key=form_key,
            options=options,
            exercise_date=found.exercise_date,
            consideration=found.consideration,
        )
    on = found.exercise_date
    nothing_on = pays_nothing_on(holding, options, on=on) if found.waits_for and on else None
    if form is not None:
        form.show(waits=bool(found.waits_for), nothing_on=nothing_on)
    context = {
        "award": holding.award,
        "for_whom": for_whom(request.user, holding.award, holding.on),
        "options": options,
        "received_at": now,
        "exercise_date": on,
        "worksheet": found.worksheet,
        "waits_for": found.waits_for,
        "refusal": found.refusal,
        "nothing_on": nothing_on,
        "last_moment": holding.last_moment,
        "outstanding_after": holding.exercisable - options,
        "cut_off": cut_off_at(now, last_moment=holding.last_moment, calendar=calendar),
        "again": _address("review", holding.award, options=options, form_key=form_key),
        "estimate": None
        if found.refusal or on is None
        else estimate_now(holding, options, on=on, sheet=found.worksheet),
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
        return _review_again(request, form, award_pk, now, form=form, status=422)
    if form.waits_unknowing and _has_to_know(request, form, award_pk, now):
        form.refuse_unknowing()
        return _review_again(request, form, award_pk, now, form=form, status=422)
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
        return _review_again(request, form, award_pk, now, status=409)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("exercises:enter", award_pk)
    return redirect(f"{reverse('exercises:receipt', args=[notice.pk])}?new=1")


def _has_to_know(request: HttpRequest, asked: ConfirmForm, award_pk: int, now: datetime) -> bool:
    """Whether it pays nothing on the last known closes. A form that gave its notice already has its receipt."""
    if ExerciseNotice.objects.filter(form_key=asked.cleaned_data["form_key"]).exists():
        return False
    holding = _holding(request, award_pk, now, trading_calendar())
    on = asked.cleaned_data["exercise_date"]
    return pays_nothing_on(holding, asked.cleaned_data["options"], on=on) is not None


def _review_again(request: HttpRequest, asked: ConfirmForm, award_pk: int, now: datetime, **shown: Any) -> HttpResponse:
    calendar = trading_calendar()
    holding = _holding(request, award_pk, now, calendar)
    number = {name: asked.cleaned_data[name] for name in ("options", "form_key")}
    return _show_review(request, holding, **number, now=now, calendar=calendar, **shown)


def _notices(request: HttpRequest, today: date) -> QuerySet[ExerciseNotice]:
    visible = ExerciseNotice.objects.visible_to(request.user, today)
    return visible.select_related("award__grantee", "pricing").prefetch_related("pricing__settlements")


@require_GET
@login_required
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    notice = get_object_or_404(_notices(request, clock.today()), pk=pk)
    pricing, provision = notice.pricing if notice.is_priced else None, provision_of(notice)
    context = {
        "notice": notice,
        "is_own": is_own(notice.award, request.user),
        "given": given_as(notice),
        "pricing": pricing,
        "worksheet": recompute(pricing.worksheet) if pricing else None,
        "waits_for": None if pricing else trading_calendar().previous_trading_day(notice.exercise_date),
        "settlement": stages(notice),
        "trail_hash": trail_hash(notice),
        "estimate": withheld_from(notice),
        "provision": provision,
        "withheld": lines_of(provision) if provision else None,
        "is_new": "new" in request.GET,
        "ask_at": reverse("exercises:ask", args=[pk]),
        "questions": newest(Question.objects.filter(award=notice.award_id).asked_of(notice.ledger_cause)),
    }
    return render(request, "exercises/receipt.html", context)


@require_http_methods(["GET", "POST"])
@login_required
@never_cache
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Question a number of a receipt: the line is named in the address."""
    now = clock.now()
    notice = get_object_or_404(_notices(request, clock.new_york_date(now)), pk=pk)
    back = reverse("exercises:receipt", args=[pk])
    return asking(request, notice.award, lambda asked: of_receipt(notice, asked), back, now)


@require_GET
@login_required
def receipt_document(request: HttpRequest, pk: int) -> HttpResponse:
    notice = get_object_or_404(_notices(request, clock.today()), pk=pk)
    return pdf_response(receipt_as_document(notice).pdf(), f"{notice.number}.pdf")


@require_GET
@login_required
def notices(request: HttpRequest) -> HttpResponse:
    mine = _notices(request, clock.today())
    found = asked(request, NoticesFilter, mine)
    table = NoticesTable(found.qs if found else mine)
    if "export" in request.GET:
        RequestConfig(request, paginate=False).configure(table)
        return exported(table, request.GET["export"], "exercises")
    # Never counts: it reads one row more than a page, and knows by it whether another follows.
    RequestConfig(request, paginate={"per_page": PER_PAGE, "paginator_class": LazyPaginator}).configure(table)
    return render(request, "exercises/list.html", {"filter": found, "table": table})
