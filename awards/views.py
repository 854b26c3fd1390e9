from typing import Any
from urllib.parse import quote

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_tables2 import RequestConfig

from awards.actions.award import accept_award, decline_award, open_letter
from awards.actions.master_agreement import accept_agreement
from awards.actions.refusal import Refused
from awards.documents.response import pdf_response
from awards.exporting import exported
from awards.filters import AwardsFilter, asked
from awards.first_view import first_view
from awards.forms import AcceptForm, DeclineForm
from awards.home import closes_in_force, needs, summary
from awards.market.calendar import trading_calendar
from awards.models import Award, LetterOpening, MasterAgreement, Question
from awards.on_behalf import for_whom
from awards.queries import valued_holdings
from awards.question_views import newest
from awards.sign_in import client_address
from awards.tables import ExportedHoldingsTable, HoldingsTable
from awards.timeline.timeline import timeline
from awards.what_next import what_next
from config import clock

PER_PAGE = 25
SHOWN_INLINE = {"text/plain": ("text/plain; charset=utf-8", ".txt"), "application/pdf": ("application/pdf", ".pdf")}


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    today, calendar = clock.new_york_date(now), trading_calendar()
    visible = Award.objects.visible_to(request.user, today)
    mine, market = valued_holdings(visible, on=today, calendar=calendar, now=now)
    table = HoldingsTable(mine)
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    context = {
        "table": table,
        **summary(mine),
        **closes_in_force(now, calendar, market.closes),
        "needs_me": needs(mine, request.user, now),
        **what_next(mine),
        **first_view(mine),
    }
    return render(request, "awards/home.html", context)


@require_GET
@login_required
def awards(request: HttpRequest) -> HttpResponse:
    """Every Award of the reader, to search, filter, sort and take along."""
    now = clock.now()
    today, calendar = clock.new_york_date(now), trading_calendar()
    mine = Award.objects.visible_to(request.user, today)
    found = asked(request, AwardsFilter, mine)
    shown = valued_holdings(found.qs if found else mine, on=today, calendar=calendar, now=now)[0]
    table = ExportedHoldingsTable(found.of(shown) if found else shown)
    if "export" in request.GET:
        RequestConfig(request, paginate=False).configure(table)
        return exported(table, request.GET["export"], "awards")
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    return render(request, "awards/list.html", {"filter": found, "table": table})


@require_GET
@login_required
def award(request: HttpRequest, pk: int) -> HttpResponse:
    now = clock.now()
    today, calendar = clock.new_york_date(now), trading_calendar()
    visible = Award.objects.visible_to(request.user, today).filter(pk=pk)
    found, market = valued_holdings(visible, on=today, calendar=calendar, now=now)
    if not found:
        raise Http404
    (holding,) = found
    context = {
        "holding": holding,
        "for_whom": for_whom(request.user, holding.award, today),
        "timeline": timeline(holding),
        "entries": holding.entries,
        "worksheet": holding.worth.worksheet if holding.worth else None,
        "worksheet_is_for": "exercisable" if holding.exercisable else "whole award",
        "value_reason": holding.value_reason,
        "ask_at": reverse("awards:ask", args=[pk]),
        "questions": newest(Question.objects.filter(award=pk)),
        **closes_in_force(now, calendar, market.closes),
    }
    return render(request, "awards/award.html", context)


@require_http_methods(["GET", "POST"])
@login_required
@reauthentication_required(enabled=lambda request: "accept" in request.POST)
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    now = clock.now()
    row = get_object_or_404(
        Award.objects.visible_to(request.user, clock.new_york_date(now)).select_related(
            "grantee", "master_agreement", "letter_issued_by"
        ),
        pk=pk,
        letter_issued_at__isnull=False,
    )
    accept = AcceptForm(request.POST if "accept" in request.POST else None, grantee=row.grantee)
    decline = DeclineForm(request.POST if "decline" in request.POST else None)
    if (accept.is_bound and accept.is_valid()) or (decline.is_bound and decline.is_valid()):
        try:
            message = _answer(row, request, accept, decline, now)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, message)
        return redirect("awards:letter", pk)
    is_holder = row.grantee.user_id == request.user.pk
    openings = LetterOpening.objects.filter(letter__award=row, opened_by_id=request.user.pk)
    context = {
        "award": row,
        "was_opened": is_holder and openings.exists(),
        "agreement_text": _text_of(row.master_agreement),
        "agreement_url": reverse("awards:agreement", args=[row.master_agreement_id]),
        "accept_form": accept,
        "decline_form": decline,
        "may_answer": row.awaits_acceptance and is_holder,
    }
    return render(request, "awards/letter.html", context)


@require_POST
@login_required
def letter_document(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter as it was issued. A POST, because that it was opened is written down."""
    now = clock.now()
    row = get_object_or_404(Award.objects.visible_to(request.user, clock.new_york_date(now)), pk=pk)
    try:
        kept = open_letter(award=row, by=request.user, now=now)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("awards:award", pk)
    return pdf_response(bytes(kept.document), f"Award Letter {row.number}.pdf")


@transaction.atomic
def _answer(row: Award, request: HttpRequest, accept: AcceptForm, decline: DeclineForm, now: Any) -> str:
    user = request.user
    if decline.is_bound:
        decline_award(award=row, by=user, reason=decline.cleaned_data["reason"], now=now)
        return _("You declined %(number)s.") % {"number": row.number}
    signed = accept.cleaned_data["signed_name"]
    accept_award(award=row, by=user, signed_name=signed, now=now, address=client_address(request))
    if not row.grantee.acceptances.filter(master_agreement=row.master_agreement).exists():
        accept_agreement(
            grantee=row.grantee, master_agreement=row.master_agreement, signed_name=signed, by=user, now=now
        )
    return _("You accepted %(number)s.") % {"number": row.number}


def _text_of(agreement: MasterAgreement) -> str | None:
    return bytes(agreement.document).decode() if agreement.document_type == "text/plain" else None


@require_GET
@login_required
def agreement(request: HttpRequest, pk: int) -> HttpResponse:
    """The document of a version under which the reader has an Award; staff who may see versions see each."""
    versions = MasterAgreement.objects.all()
    if not request.user.has_perm("awards.view_masteragreement"):
        visible = Award.objects.visible_to(request.user, clock.today())
        versions = versions.filter(pk__in=visible.values("master_agreement_id"))
    version = get_object_or_404(versions, pk=pk)
    content_type, suffix = SHOWN_INLINE.get(version.document_type, ("application/octet-stream", ""))
    response = HttpResponse(bytes(version.document), content_type=content_type)
    # Only what cannot run anything is opened in the portal's own origin.
    how = "inline" if version.document_type in SHOWN_INLINE else "attachment"
    response["Content-Disposition"] = f"{how}; filename*=UTF-8''{quote(version.name + suffix)}"
    return response
