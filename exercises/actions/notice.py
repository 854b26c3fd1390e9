"""Giving a notice of exercise (§2.5): under the Award's lock, in one transaction, once per form."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, OperationalError
from django.db.models import Q
from django.utils.translation import gettext as _

from awards.actions import audit, lapses
from awards.actions.employment import EvidenceMissing
from awards.actions.ledger import Entry
from awards.actions.refusal import Refused
from awards.agreement.acting import Capacity
from awards.agreement.calendar import TradingCalendar
from awards.agreement.errors import AgreementError, MissingClose, NoDuration
from awards.agreement.exercise_date import admissible_exercise_date
from awards.agreement.period import duration, period_end, period_start
from awards.agreement.standing import Standing
from awards.agreement.worksheet import Worksheet
from awards.facts import is_covered_employee
from awards.market import writing
from awards.models import Award, Representative
from awards.nothing import refusal_of_nothing
from awards.queries import capacity_of, may_act, representatives
from awards.templatetags.figures import day as in_words
from awards.templatetags.figures import options as in_figures
from awards.vocabulary import told
from exercises.actions.pricing import pricing_of, worksheet_of
from exercises.actions.reading import Locked, Reading, closes_for, lock, reading_of
from exercises.actions.received import write_received
from exercises.actions.reviewed import Reviewed, require_as_reviewed
from exercises.models import ExerciseNotice
from exercises.telling import receipt_messages


class NoticeRefused(Refused):
    """The Agreement does not allow the exercise; the text is the Agreement's reason."""

    code = "notice_refused"


class MayNotAct(Refused):
    """The person may not give notice for this Award today (§2.5, §5)."""

    code = "may_not_act"


class AwardNotAccepted(Refused):
    """The Award Letter has not been accepted."""

    code = "award_not_accepted"


class MoreThanExercisable(Refused):
    """The number is below one or above what is exercisable."""

    code = "more_than_exercisable"


class NotEffectiveYet(Refused):
    """A covered employee exercises before the shareholders' approval is on record (§3)."""

    code = "not_effective_yet"


class PaysNothing(Refused):
    """The exercise would cancel OSOs and pay nothing (I8)."""

    code = "pays_nothing"


class FormUsedAlready(Refused):
    """The form gave another notice before."""

    code = "form_used_already"


class ReceivedAtImpossible(Refused):
    """A time of receipt that lies ahead, or before an adjustment that is written; or one claimed on the web."""

    code = "received_at_impossible"


class AwardBusy(Refused):
    """Another holds the Award for longer than a request may wait."""

    code = "award_busy"


# What PostgreSQL and SQLite answer when a lock is not given in time.
LOCK_NOT_GIVEN = {"55P03", "SQLITE_BUSY"}


@dataclass(frozen=True, slots=True)
class Paper:
    """A notice that staff enter: how it came, where it is kept, for whom, and whether the Grantee insists (I8)."""

    channel: ExerciseNotice.Channel
    evidence: str
    capacity: Capacity
    representative: Representative | None = None
    insists: bool = False


def give_notice(
    *,
    award: Award,
    options: int,
    given_by: Any,
    received_at: datetime,
    form_key: UUID,
    now: datetime,
    reviewed: Reviewed | None = None,
    paper: Paper | None = None,
) -> ExerciseNotice:
    """Receive a notice of exercise of whole OSOs and take them out of the ledger; price it if every close is in.

    The same `form_key` with the same request gives the same notice, whatever has happened since. `given_by` is the
    person at the page: who exercises on the web, who enters a `paper` notice. Raises the errors above.
    """
    digest = _digest(award, options, given_by, received_at, paper)
    at_hand = closes_for(award, received_at)
    try:
        with writing.sending() as sent:
            locked = lock(award, at_hand, form_key=form_key)
            if not locked.is_plain(_yesterday(now)):
                sent.wait()
            earlier = _earlier(form_key, digest) if locked.on_record.notice else None
            return earlier or _receive(
                sent, locked, options, given_by, received_at, form_key, digest, now, reviewed, paper
            )
    except IntegrityError:
        # The key was taken in between, by a request that did not wait for this Award's lock.
        earlier = _earlier(form_key, digest)
        if earlier is None:
            raise
        return earlier
    except OperationalError as error:
        if not _is_lock_not_given(error):
            raise
        earlier = _earlier(form_key, digest)
        if earlier is not None:
            return earlier
        raise AwardBusy(
            _("%(number)s is busy. Nothing was exercised: try again in a moment.") % {"number": award.number}
        ) from error


def _is_lock_not_given(error: OperationalError) -> bool:
    said = {getattr(error.__cause__, name, None) for name in ("sqlstate", "sqlite_errorname")}
    return not said.isdisjoint(LOCK_NOT_GIVEN)


def _earlier(form_key: UUID, digest: str) -> ExerciseNotice | None:
    notice = ExerciseNotice.objects.filter(form_key=form_key).first()
    if notice is not None and notice.request_digest != digest:
        raise FormUsedAlready(used_already(notice))
    return notice


def used_already(notice: ExerciseNotice) -> str:
    return _("This form gave %(number)s already. Start again for another exercise.") % {"number": notice.number}


def _digest(award: Award, options: int, given_by: Any, received_at: datetime, paper: Paper | None) -> str:
    # The instant of a web notice is the server's and differs each time; that of a paper one is part of the request.
    said = [award.pk, options, given_by.pk, None if paper is None else [received_at.isoformat(), _paper_as_text(paper)]]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _paper_as_text(paper: Paper) -> list[Any]:
    representative = paper.representative.pk if paper.representative else None
    return [paper.channel, paper.evidence, paper.capacity.value, representative, paper.insists]


def _receive(
    sent: writing.Sending,
    locked: Locked,
    options: int,
    given_by: Any,
    received_at: datetime,
    form_key: UUID,
    digest: str,
    now: datetime,
    reviewed: Reviewed | None,
    paper: Paper | None,
) -> ExerciseNotice:
    if paper is None and received_at != now:
        raise ReceivedAtImpossible("A notice on the web is received when it is given.")
    if paper is not None and not paper.evidence.strip():
        raise EvidenceMissing("Say where the paper notice is kept, or who took the call.")
    award, reading = locked.award, locked.reading()
    capacity, representative = who_acts(award, given_by, received_at, paper, reading)
    if not award.is_accepted:
        raise AwardNotAccepted(_("Accept the Award Letter of %(number)s first.") % {"number": award.number})
    written = [] if locked.is_plain(_yesterday(now)) else _brought_up_to_date(award, reading, now)
    reading = reading.with_entries(written)
    on = exercise_date_allowed(award, options, received_at, now, reading)
    sheet, closes = priced_now(award, options, on, received_at, reading)
    _require_worth(sheet, paper)
    if waits_for_tonight(on, now, reading.calendar):
        sheet = None
    if paper is None:
        require_as_reviewed(reviewed, Reviewed(on, sheet.consideration if sheet else None))
    key, pricing_key = locked.keys
    notice = ExerciseNotice(
        pk=key,
        award=award,
        options=options,
        channel=paper.channel if paper else ExerciseNotice.Channel.WEB,
        capacity=capacity.value,
        representative=representative,
        received_at=received_at,
        exercise_date=on,
        recorded_by=given_by,
        recorded_at=now,
        evidence=paper.evidence.strip() if paper else "",
        insists=bool(paper and paper.insists),
        form_key=form_key,
        request_digest=digest,
    )
    pricing, pins = pricing_of(notice, pricing_key, sheet, closes, now=now) if sheet else (None, None)
    chain = audit.end_of(locked.chain.subject)() if written else locked.chain
    receipts = receipt_messages(notice, sheet, reading, now=now)
    write_received(sent, notice, reading.entries[-1], chain, pricing, pins, receipts)
    return notice


def _yesterday(now: datetime) -> date:
    return now.astimezone(audit.NEW_YORK).date() - timedelta(days=1)


def _brought_up_to_date(award: Award, reading: Reading, now: datetime) -> list[Entry]:
    return lapses.bring_up_to_date(
        award, through=_yesterday(now), now=now, adjustments=reading.adjustments, ledger_so_far=reading.entries
    )


def who_acts(
    award: Award, given_by: Any, received_at: datetime, paper: Paper | None, reading: Reading | None = None
) -> tuple[Capacity, Representative | None]:
    """In what capacity the notice is given, and by which appointment (§2.5, §5). Raises MayNotAct."""
    day = received_at.astimezone(audit.NEW_YORK).date()
    in_force = [] if reading and not reading.has_representatives else representatives(award, day)
    if paper is None:
        found = capacity_of(given_by, award, day, in_force)
    else:
        allowed = _is_appointed(award, paper, day) and may_act(award, paper.capacity, day, in_force)
        found = (paper.capacity, paper.representative) if allowed else None
    if found is None:
        raise MayNotAct(
            _("Notice for %(number)s cannot be given by this person on %(day)s (§2.5, §5).")
            % {"number": award.number, "day": in_words(day)}
        )
    return found


def _is_appointed(award: Award, paper: Paper, day: date) -> bool:
    if paper.representative is None:
        return paper.capacity is Capacity.GRANTEE
    appointed = Representative.objects.in_force(day).filter(pk=paper.representative.pk, kind=paper.capacity.value)
    return appointed.filter(Q(award=award) | Q(award=None), grantee=award.grantee).exists()


def exercise_date_allowed(
    award: Award, options: int, received_at: datetime, now: datetime, reading: Reading | None = None
) -> date:
    """The Exercise Date, once every rule of §2.5, §3, §4 allows it. What is not handed on in `reading` is read.

    Raises ReceivedAtImpossible, NoticeRefused, MoreThanExercisable, NotEffectiveYet.
    """
    if received_at > now:
        raise ReceivedAtImpossible("A notice cannot have been received later than now.")
    reading = reading or reading_of(award)
    calendar = reading.calendar
    stands = _standing_at(award, received_at, reading)
    try:
        on = admissible_exercise_date(received_at, lapse=stands.lapse, calendar=calendar)
        start = period_start(award.award_date, calendar)
        if options >= 1 and stands.exercisable and not duration(start, period_end(on, calendar)):
            raise NoDuration(start)
    except AgreementError as refusal:
        raise NoticeRefused(told(str(refusal))) from refusal
    if not 1 <= options <= stands.exercisable:
        raise MoreThanExercisable(
            _("%(number)s has %(exercisable)s OSOs that can be exercised; %(options)s cannot be.")
            % {"number": award.number, "exercisable": in_figures(stands.exercisable), "options": in_figures(options)}
        )
    _require_effective(award, on)
    return on


def _standing_at(award: Award, received_at: datetime, reading: Reading) -> Standing:
    day = received_at.astimezone(audit.NEW_YORK).date()
    facts, adjustments = reading.facts, reading.adjustments
    held = lapses.with_pending(award, reading.position, adjustments, on=day, facts=facts)
    if held.adjusted_on is not None and day < held.adjusted_on:
        raise ReceivedAtImpossible(
            _("The OSOs were adjusted on %(day)s; a notice received before that is for the Committee to settle.")
            % {"day": in_words(held.adjusted_on)}
        )
    return lapses.standing_on(award, held, on=day, facts=facts, adjustments=adjustments)


def _require_effective(award: Award, on: date) -> None:
    approved_on = award.master_agreement.shareholders_approved_on
    if is_covered_employee(award.grantee, on) and (approved_on is None or approved_on > on):
        raise NotEffectiveYet(
            _(
                "A covered employee under section 162(m) cannot exercise before the shareholders' approval "
                "is on record (§3)."
            )
        )


def priced_now(award: Award, options: int, on: date, received_at: datetime, reading: Reading | None = None) -> Any:
    """The Worksheet and its closes, or (None, []) while a close is awaited. Raises NoticeRefused."""
    try:
        return worksheet_of(award, options=options, exercise_date=on, received_at=received_at, reading=reading)
    except MissingClose:
        return None, []
    except AgreementError as refusal:
        raise NoticeRefused(told(str(refusal))) from refusal


def waits_for_tonight(on: date, now: datetime, calendar: TradingCalendar) -> bool:
    """Whether the Period ends today: that close is taken by tonight's pricing, not while it may still change."""
    return period_end(on, calendar) >= now.astimezone(audit.NEW_YORK).date()


def _require_worth(sheet: Worksheet | None, paper: Paper | None) -> None:
    if sheet is None or sheet.consideration or (paper and paper.insists):
        return
    said = refusal_of_nothing(sheet)
    raise PaysNothing(f"{said} Record it only if the Grantee insists." if paper else said)
