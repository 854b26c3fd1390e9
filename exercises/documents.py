"""The receipt of an exercise as a document: what was received, what it pays, every step and every close."""

from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from awards.actions.audit import subject_of
from awards.agreement.acting import Capacity
from awards.agreement.worksheet import Worksheet
from awards.documents.typeset import Block, Document, facts, heading, paragraph, small, table, total
from awards.models import AuditEvent
from awards.on_behalf import acting
from awards.templatetags.figures import (
    day,
    exact,
    index_level,
    instant,
    money,
    options,
    price,
    step_unrounded,
    step_value,
)
from awards.vocabulary import told
from awards.worksheet_record import recompute
from exercises.models import ExerciseNotice


def receipt(notice: ExerciseNotice) -> Document:
    """The receipt of a notice, `pricing` included where it has one. The same notice gives the same bytes."""
    sheet = recompute(notice.pricing.worksheet) if notice.is_priced else None
    return Document(
        title=_("Receipt of exercise"),
        number=notice.number,
        foot=_("The Master Award Agreement governs. A notice of exercise cannot be taken back."),
        made_at=_last_written(notice),
        language=(get_language() or "en")[:2],
        blocks=[*_received(notice), *(_priced(sheet) if sheet else [_waiting()]), small(_trail(notice))],
    )


def trail_hash(notice: ExerciseNotice) -> str:
    """The hash under which the audit trail holds the notice's receipt; `verify_audit` recomputes it."""
    events = AuditEvent.objects.filter(subject=subject_of(notice.award), action="notice received")
    found: str = events.get(after__notice=notice.number).hash
    return found


def _last_written(notice: ExerciseNotice) -> datetime:
    return notice.pricing.priced_at if notice.is_priced else notice.recorded_at


def given_as(notice: ExerciseNotice) -> str:
    """In what capacity it was given, in words; empty where the Grantee gave it."""
    return acting(Capacity(notice.capacity), notice.award)


def _received(notice: ExerciseNotice) -> list[Block]:
    given = given_as(notice)
    return [
        facts(
            (_("Grantee"), notice.award.grantee.name),
            *([(_("Given"), given)] if given else []),
            (_("Award"), f"{notice.award.number}, {day(notice.award.award_date)}"),
            (_("Options exercised"), options(notice.options)),
            (_("Received"), instant(notice.received_at)),
            (_("Exercise Date"), day(notice.exercise_date)),
        )
    ]


def _waiting() -> Block:
    return paragraph(
        _("The amount is not known yet: it waits for a closing price. The notice is binding whatever it is.")
    )


def _priced(sheet: Worksheet) -> list[Block]:
    return [
        total(_("Exercise Consideration, before taxes"), money(sheet.consideration)),
        heading(_("How it was calculated")),
        table(
            [_("Clause"), _("Step"), _("Unrounded"), _("Value")],
            [[step.clause, told(step.name), step_unrounded(step), step_value(step)] for step in sheet.steps()],
            numeric="l-nn",
        ),
        heading(_("The closes it rests on")),
        closes(sheet),
        small(_("Figures are rounded half up, at the places shown and nowhere else. One that ends in … goes on.")),
    ]


def closes(sheet: Worksheet) -> Block:
    """The dated closes of both series."""
    start = [day(sheet.period_start), price(sheet.stock_start), index_level(sheet.sp_start)]
    window = [[day(row.day), price(row.stock), index_level(row.sp500)] for row in sheet.closes.window]
    average = [_("Average, unrounded"), f"${exact(sheet.stock_end)}", index_level(sheet.sp_end)]
    return table([_("Trading Day"), _("Stock"), _("S&P 500")], [start, *window, average], numeric="-nn")


def _trail(notice: ExerciseNotice) -> str:
    return _("Entry in the audit trail, SHA-256: %(hash)s") % {"hash": trail_hash(notice)}
