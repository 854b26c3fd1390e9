"""A person's account on one page, and where they are signed in."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from awards import sessions as signed_in
from awards.actions.sessions import end_sessions
from awards.models import CalendarFeed, Preferences
from awards.profile import browser, second_factors
from config import clock


@require_GET
@login_required
@never_cache
def profile(request: HttpRequest) -> HttpResponse:
    mine = {"user_id": request.user.pk}
    context = {
        "factors": second_factors(request.user),
        "sessions": len(signed_in.standing(request.user, now=clock.now())),
        "preferences": Preferences.objects.filter(**mine).first() or Preferences(**mine),
        "feed": CalendarFeed.objects.filter(**mine, revoked_at=None).first(),
    }
    return render(request, "profile/profile.html", context)


@require_http_methods(["GET", "POST"])
@login_required
@never_cache
def sessions(request: HttpRequest) -> HttpResponse:
    """Where the reader is signed in. Posted with `session`: end that one; without: all but this one."""
    now, current = clock.now(), request.session.session_key
    if request.method == "POST":
        only = [int(key) for key in request.POST.getlist("session") if key.isdecimal() and len(key) < 19]
        ended = end_sessions(user=request.user, but=current, only=only if "session" in request.POST else None, now=now)
        said = ngettext("%(number)d session was ended.", "%(number)d sessions were ended.", ended)
        messages.success(request, said % {"number": ended})
        return redirect("usersessions_list")
    rows = [
        {"session": row, "browser": browser(row.user_agent), "is_current": row.session_key == current}
        for row in signed_in.standing(request.user, now=now)
    ]
    return render(
        request, "profile/sessions.html", {"rows": rows, "others": sum(not row["is_current"] for row in rows)}
    )
