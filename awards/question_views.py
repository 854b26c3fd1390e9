"""Questions about numbers: asked from their line, kept with the Award, and read by whoever may see it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import InvalidPage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from django_tables2 import LazyPaginator

from awards import questions
from awards.actions.question import LineMoved, NothingWritten, TooLong, ask_question
from awards.actions.refusal import Refused
from awards.forms import QuestionForm
from awards.market.calendar import trading_calendar
from awards.models import Award, Question
from awards.queries import holdings
from awards.worksheet_record import recompute
from config import clock

# On a page of the Award or a receipt the newest; the page of all of them has so many at a time.
SHOWN, PER_PAGE, LAST_PAGE = 5, 25, 10_000
INVALID, MOVED = 422, 409


def newest(asked: Any) -> list[Question]:
    """The newest of these questions for a page, and one more where there are any: the page then says so."""
    rows = asked.select_related("award", "entry", "asked_by", "answered_by").defer("worksheet")
    return list(rows.order_by("-asked_at", "-pk")[: SHOWN + 1])


@require_http_methods(["GET", "POST"])
@login_required
@never_cache
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Question a number of the Award's page: the line is named in the address."""
    now = clock.now()
    today = clock.new_york_date(now)
    visible = Award.objects.visible_to(request.user, today).filter(pk=pk)
    found = holdings(visible, on=today, calendar=trading_calendar(), now=now)
    if not found:
        raise Http404
    (holding,) = found
    back = reverse("awards:award", args=[pk])
    return asking(request, holding.award, lambda asked: questions.of_holding(holding, asked), back, now)


def asking(
    request: HttpRequest, award: Award, line_named: Callable[[str], questions.Line], back: str, now: datetime
) -> HttpResponse:
    """The page to ask on, whatever page the line stands on; `back` is the address of that page."""
    before = _asked_before(request, award)
    if before is not None:
        return redirect("awards:question", award.pk, before.pk)
    try:
        line = line_named(request.GET.get("line", ""))
    except questions.LineNotThere as refusal:
        messages.error(request, str(refusal))
        return redirect(back)
    form = QuestionForm.of(line, request.POST if request.method == "POST" else None)
    moved = False
    if form.is_bound and form.is_valid():
        try:
            asked = ask_question(award=award, line=line, by=request.user, now=now, **form.cleaned_data)
        except LineMoved as refusal:
            messages.warning(request, str(refusal))
            form, moved = form.looked_again(line), True
        except Refused as refusal:
            form.add_error("text" if isinstance(refusal, NothingWritten | TooLong) else None, str(refusal))
        else:
            messages.success(request, _("Your question reached the staff. The answer will stand here."))
            return redirect("awards:question", award.pk, asked.pk)
    context = {"award": award, "line": line, "worksheet": line.worksheet, "form": form, "back": back}
    status = MOVED if moved else INVALID if form.errors else 200
    return render(request, "awards/ask.html", context, status=status)


def _asked_before(request: HttpRequest, award: Award) -> Question | None:
    """What this very form asked, wherever its line stands by now."""
    posted = request.POST if request.method == "POST" else {}
    try:
        key, text = UUID(posted.get("form_key", "")), posted.get("text", "").replace("\r\n", "\n").strip()
    except ValueError:
        return None
    before = award.questions.filter(form_key=key, asked_by=request.user.pk).first()
    return before if before is not None and before.text == text else None


def _visible(request: HttpRequest, pk: int) -> Award:
    return get_object_or_404(Award.objects.visible_to(request.user, clock.today()), pk=pk)


@require_GET
@login_required
def asked(request: HttpRequest, pk: int) -> HttpResponse:
    """Every question of an Award, newest first."""
    award = _visible(request, pk)
    rows = award.questions.select_related("entry", "asked_by", "answered_by").defer("worksheet")
    # Never counts: it reads one row more than a page, and knows by it whether another follows.
    paginator = LazyPaginator(rows, PER_PAGE)
    try:
        page = paginator.page(min(paginator.validate_number(request.GET.get("page", 1)), LAST_PAGE))
    except InvalidPage as error:
        raise Http404(str(error)) from error
    return render(request, "awards/questions.html", {"award": award, "page": page})


@require_GET
@login_required
def question(request: HttpRequest, pk: int, question_pk: int) -> HttpResponse:
    """One question with its answer, and the worksheet that went along, computed again from its record."""
    award = _visible(request, pk)
    rows = award.questions.select_related("entry", "asked_by", "answered_by")
    found = get_object_or_404(rows, pk=question_pk)
    worksheet = recompute(found.worksheet) if found.worksheet else None
    return render(request, "awards/question.html", {"award": award, "question": found, "worksheet": worksheet})
