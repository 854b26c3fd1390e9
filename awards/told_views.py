"""What the portal told the reader, by which ways they want to be told, and their calendar."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import InvalidPage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.i18n import set_language
from django_tables2 import LazyPaginator

from awards import calendar_feed, wording
from awards.actions.calendar_feed import feed_at, make_feed, revoke_feed, secret_of
from awards.actions.preferences import change_preferences
from awards.actions.telling import mark_read
from awards.forms import CalendarForm, PreferencesForm
from awards.models import CalendarFeed, Message, Preferences
from config import clock

# No database takes an offset of any length.
PER_PAGE, LAST_PAGE = 25, 10_000


@require_GET
@login_required
def inbox(request: HttpRequest) -> HttpResponse:
    told = Message.objects.visible_to(request.user).select_related("award__grantee", "award__master_agreement")
    # Never counts: it reads one row more than a page, and knows by it whether another follows.
    paginator = LazyPaginator(told.defer("award__master_agreement__document"), PER_PAGE)
    try:
        page = paginator.page(min(paginator.validate_number(request.GET.get("page", 1)), LAST_PAGE))
    except InvalidPage as error:
        raise Http404(str(error)) from error
    shown = [{"message": row, "subject": wording.subject(row), "body": wording.body(row)} for row in page]
    return render(request, "told/inbox.html", {"page": page, "shown": shown})


@require_POST
@login_required
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one as read, and go on to what it is about where that was asked for."""
    mine = Message.objects.visible_to(request.user).filter(pk=pk)
    message = get_object_or_404(mine)
    mark_read(mine, now=clock.now())
    return redirect(message.path if "open" in request.POST else "told:inbox")


@require_POST
@login_required
def read_all(request: HttpRequest) -> HttpResponse:
    marked = mark_read(Message.objects.visible_to(request.user), now=clock.now())
    if marked:
        said = ngettext("%(number)d message marked as read.", "%(number)d messages marked as read.", marked)
        messages.success(request, said % {"number": marked})
    return redirect("told:inbox")


@require_http_methods(["GET", "POST"])
@login_required
@never_cache
def preferences(request: HttpRequest) -> HttpResponse:
    mine: dict[str, Any] = {"user_id": request.user.pk}
    form = PreferencesForm(request.POST or None, instance=Preferences.objects.filter(**mine).first())
    if request.method == "POST":
        change_preferences(user=request.user, wanted=form.wanted(), now=clock.now())
        messages.success(request, _("Your choice is kept."))
        response = redirect("told:preferences")
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
        return response
    feed = CalendarFeed.objects.filter(**mine, revoked_at=None).first()
    context = {
        "form": form,
        "feed": feed,
        "address": calendar_feed.address(feed.pk, secret_of(feed)) if feed else None,
        "calendar_form": CalendarForm(),
    }
    return render(request, "told/preferences.html", context)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Read on in another language: kept with who is signed in, and in the browser for who is not."""
    wanted = request.POST.get("language", "")
    response = set_language(request)
    if request.user.is_authenticated:
        if wanted in dict(settings.LANGUAGES):
            change_preferences(user=request.user, wanted={"language": wanted}, now=clock.now())
        # Not with the browser too: others may sign in there.
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
    return response


@require_POST
@login_required
def make_calendar(request: HttpRequest) -> HttpResponse:
    """A new address; the one before it ends."""
    form = CalendarForm(request.POST)
    form.is_valid()
    make_feed(user=request.user, with_amounts=form.cleaned_data["with_amounts"], now=clock.now())
    messages.success(request, _("Your calendar has a new address. Keep it to yourself."))
    return redirect("told:preferences")


@require_POST
@login_required
def revoke_calendar(request: HttpRequest) -> HttpResponse:
    if revoke_feed(user=request.user, now=clock.now()):
        messages.success(request, _("The calendar's address is revoked: nothing can be read at it any more."))
    return redirect("told:preferences")


@require_GET
@never_cache
def calendar(request: HttpRequest, pk: int, secret: str) -> HttpResponse:
    """The feed itself: whoever knows the address reads it, until it is revoked."""
    feed = feed_at(pk, secret)
    if feed is None:
        raise Http404
    written = calendar_feed.write(feed.user, with_amounts=feed.with_amounts, now=clock.now())
    response = HttpResponse(written, content_type="text/calendar; charset=utf-8")
    response["X-Robots-Tag"] = "noindex"
    return response
