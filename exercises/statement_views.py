"""Statements: made for a period, kept as they were made, and verified from their file alone."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from awards.actions.refusal import Refused
from awards.documents.response import pdf_response
from config import clock
from exercises.actions.statement import make_statement
from exercises.forms import BundleForm, PeriodForm
from exercises.models import Statement
from exercises.statement_document import document
from exercises.verification import NotABundle, verify

MOST_SHOWN = 50


@require_http_methods(["GET", "POST"])
@login_required
def statements(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    form = PeriodForm(request.POST or None, initial=_this_year(clock.new_york_date(now)))
    if form.is_bound and form.is_valid():
        try:
            made = make_statement(reader=request.user, now=now, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{made.number} is made and kept below.")
            return redirect("exercises:statements")
    mine = Statement.objects.filter(made_by=request.user.pk).defer("bundle")[:MOST_SHOWN]
    status = 422 if form.errors else 200
    return render(request, "exercises/statements.html", {"form": form, "statements": mine}, status=status)


def _this_year(today: date) -> dict[str, Any]:
    return {"from_on": today.replace(month=1, day=1), "to_on": today}


def _mine(request: HttpRequest, pk: int) -> Statement:
    return get_object_or_404(Statement, pk=pk, made_by=request.user.pk)


@require_GET
@login_required
def statement_document(request: HttpRequest, pk: int) -> HttpResponse:
    statement = _mine(request, pk)
    return pdf_response(document(statement).pdf(), f"{statement.number}.pdf")


@require_GET
@login_required
def statement_bundle(request: HttpRequest, pk: int) -> HttpResponse:
    statement = _mine(request, pk)
    response = HttpResponse(statement.bundle, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{statement.number}.json"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "POST"])
@login_required
def verify_bundle(request: HttpRequest) -> HttpResponse:
    form = BundleForm(request.POST or None, request.FILES or None)
    verdict = None
    if form.is_bound and form.is_valid():
        try:
            verdict = verify(form.cleaned_data["bundle"].read())
        except NotABundle as error:
            form.add_error("bundle", str(error))
    status = 422 if form.errors else 200
    return render(request, "exercises/verify.html", {"form": form, "verdict": verdict}, status=status)
