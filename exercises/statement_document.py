"""A statement as a document, set from its stored bundle alone."""

import json
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from awards.documents.typeset import Block, Document, facts, heading, paragraph, small, table, total
from awards.models import OptionEntry
from awards.templatetags.figures import day, instant, minute, money, options, price
from exercises.bundle import Bundle
from exercises.models import Statement


def document(statement: Statement) -> Document:
    """The statement of the stored bundle. The same statement gives the same bytes."""
    said = json.loads(statement.bundle)
    return Document(
        title=_("Statement of Outperform Stock Options"),
        number=statement.number,
        foot=_("The Master Award Agreement governs; this statement is a summary (§9.6)."),
        made_at=statement.made_at,
        language=(get_language() or "en")[:2],
        blocks=[*_head(said), *_awards(said), *_exercises(said), *_foot(said)],
    )


def _head(said: Bundle) -> list[Block]:
    return [
        facts(
            (_("For"), said["for"]),
            (_("Period"), _("%(first)s to %(last)s") % {"first": _day(said["from_on"]), "last": _day(said["to_on"])}),
            (_("Made"), instant(datetime.fromisoformat(said["made_at"]))),
        ),
        *([] if said["awards"] else [paragraph(_("No Award was held in this period."))]),
    ]


def _awards(said: Bundle) -> list[Block]:
    return [block for award in said["awards"] for block in _award(award)]


def _award(award: Bundle) -> list[Block]:
    title = _("Award %(number)s of %(day)s") % {"number": award["number"], "day": _day(award["award_date"])}
    return [
        heading(title),
        facts(
            (_("Granted"), options(award["options"])),
            (_("Initial Price"), price(Decimal(award["initial_price"]))),
            (_("Under the"), award["agreement"]),
            (_("Last moment to exercise"), minute(datetime.fromisoformat(award["last_moment"]))),
        ),
        _ledger(award),
        facts(
            (_("Vested, not exercised"), options(award["vested"])),
            (_("Not yet vested"), options(award["unvested"])),
            (_("Exercisable at the end"), options(award["exercisable"])),
            (_("Would have paid, before taxes"), _worth(award)),
        ),
    ]


def _ledger(award: Bundle) -> Block:
    rows = [[pgettext("ledger", "Brought forward"), "", "", options(award["outstanding_before"])]]
    rows += [
        [
            _kind(entry["kind"]),
            _day(entry["effective_on"]),
            ("+" if entry["options"] > 0 else "") + options(entry["options"]),
            options(entry["outstanding_after"]),
        ]
        for entry in award["entries"]
    ]
    return table([_("Entry"), _("Day"), _("Options"), _("Outstanding")], rows, numeric="-lnn")


def _kind(kind: str) -> str:
    return str(OptionEntry.Kind(kind).label)


def _worth(award: Bundle) -> str:
    sheet = award["worksheet"]
    if sheet is None:
        return award["no_value_because"] or "—"
    said = {"amount": money(Decimal(sheet["consideration"])), "day": _day(sheet["exercise_date"])}
    return _("%(amount)s, Exercise Date %(day)s") % said


def _exercises(said: Bundle) -> list[Block]:
    if not said["exercises"]:
        return []
    rows = [
        [
            row["number"],
            instant(datetime.fromisoformat(row["received_at"])),
            _day(row["exercise_date"]),
            options(row["options"]),
            money(Decimal(row["consideration"])) if row["consideration"] is not None else "—",
        ]
        for row in said["exercises"]
    ]
    head = [_("Receipt"), _("Received"), _("Exercise Date"), _("Options"), _("Consideration")]
    return [
        heading(_("Exercises")),
        table(head, rows, numeric="l-lnn"),
        total(_("Exercise Consideration in the period, before taxes"), money(Decimal(said["totals"]["consideration"]))),
    ]


def _foot(said: Bundle) -> list[Block]:
    return [
        small(_("This statement comes with a file that holds every input. Anybody who has it can compute it again.")),
        small(_("SHA-256 of that file's data: %(hash)s") % {"hash": said["sha256"]}),
        small(_("SHA-256 of the agreement's code: %(hash)s") % {"hash": said["code_sha256"]}),
    ]


def _day(text: str) -> str:
    return day(date.fromisoformat(text))
