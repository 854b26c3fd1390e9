"""Exercises per second of eight clients, held against one SQL statement that writes the same rows.

`python -m tests.benchmarks exercises` runs it alone.
"""

import json
import os
from collections.abc import Callable, Iterable
from datetime import date
from multiprocessing import get_context
from statistics import median
from time import perf_counter
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import connection, connections
from django.db.models import Max, Sum

from awards.market.models import ClosingPrice
from awards.models import AuditEvent, Award, Message, OptionEntry
from awards.worksheet_record import as_record
from exercises import consistency
from exercises.actions.notice import MoreThanExercisable, give_notice, priced_now
from exercises.actions.reviewed import Reviewed
from exercises.models import ExerciseNotice, PinnedClose, Pricing
from tests import builders
from tests.benchmarks.rows import Row

CLIENTS, ROUNDS = 8, 11
FORK = get_context("fork")
EACH = int(os.environ.get("BENCH_EXERCISES", "40"))
GOAL, NEVER_UNDER = 1 / 3, 1 / 8
NOW = builders.instant("2007-04-02", "11:00")
ON = date(2007, 4, 2)
Plan = list[list[Award]]
WRITTEN = (ExerciseNotice, OptionEntry, Pricing, PinnedClose, AuditEvent, Message)

# What `give_notice` writes, by a statement that checks nothing but that enough is left.
FLOOR = """
WITH award AS (
    UPDATE awards_award SET outstanding = outstanding - %(options)s
    WHERE id = %(award)s AND outstanding >= %(options)s
    RETURNING id, outstanding, (options - outstanding) / %(options)s AS exercises
), notice AS (
    INSERT INTO exercises_exercisenotice (award_id, options, channel, capacity, received_at, exercise_date,
        recorded_by_id, recorded_at, evidence, insists, form_key, request_digest)
    SELECT id, %(options)s, 'web', 'grantee', %(now)s, %(on)s, %(by)s, %(now)s, '', false, %(key)s,
        %(digest)s
    FROM award
    RETURNING id
), entry AS (
    INSERT INTO awards_optionentry (award_id, sequence, kind, options, outstanding_after, effective_on, recorded_at,
        recorded_by_id, cause, note)
    SELECT award.id, 1 + exercises, 'exercised', -%(options)s, outstanding, %(on)s, %(now)s, %(by)s,
        'exercise/' || notice.id, 'EX-' || lpad(notice.id::text, 6, '0')
    FROM award, notice
), events AS (
    INSERT INTO awards_auditevent (subject, sequence, action, actor_id, before, after, reason, at, previous_hash, hash)
    SELECT 'award:' || award.id, 2 * exercises - 1 + n, said, %(by)s, '{}', after, '', %(now)s,
        CASE WHEN n = 0 AND exercises = 1 THEN '' ELSE %(digest)s END, %(digest)s
    FROM award, notice, LATERAL (VALUES
        (0, 'notice received', jsonb_build_object('notice', 'EX-' || lpad(notice.id::text, 6, '0'),
            'options', %(options)s, 'exercise_date', %(on)s, 'channel', 'web')),
        (1, 'exercise priced', jsonb_build_object('notice', 'EX-' || lpad(notice.id::text, 6, '0'),
            'consideration', %(consideration)s::text, 'multiplier', '3.107'))
    ) AS event (n, said, after)
), receipt AS (
    INSERT INTO awards_message (recipient_id, kind, key, award_id, about_on, data, said_at)
    SELECT %(by)s, 'receipt', 'receipt/' || notice.id, award.id, %(on)s, jsonb_build_object('notice', notice.id,
        'number', 'EX-' || lpad(notice.id::text, 6, '0'), 'options', %(options)s, 'exercise_on', %(on)s,
        'received_at', %(now)s, 'consideration_amount', %(consideration)s::text), %(now)s
    FROM award, notice
), pricing AS (
    INSERT INTO exercises_pricing (notice_id, worksheet, multiplier, fmv, consideration, priced_at)
    SELECT id, %(worksheet)s, 3.107, 6.10, %(consideration)s, %(now)s FROM notice
    RETURNING id
)
INSERT INTO exercises_pinnedclose (pricing_id, closing_price_id)
SELECT id, close FROM pricing, unnest(%(closes)s) AS close
"""


def awards_like(award: Award, count: int, options: int) -> list[Award]:
    """As many Awards as `award`, each of that many OSOs, half of which have vested, with their ledger open."""
    first = (Award.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
    columns = [
        field.column for field in Award._meta.concrete_fields if field.column not in ("id", "options", "outstanding")
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO awards_award (id, options, outstanding, {', '.join(columns)})"
            f" SELECT n, %s, %s, {', '.join(columns)} FROM awards_award, generate_series(%s, %s) AS n WHERE id = %s",
            [options, options, first, first + count - 1, award.pk],
        )
        cursor.execute(
            "INSERT INTO awards_optionentry (award_id, sequence, kind, options, outstanding_after, effective_on,"
            " recorded_at, recorded_by_id, cause, note) SELECT n, 1, kind, %s, %s, effective_on, recorded_at,"
            " recorded_by_id, cause, note FROM awards_optionentry, generate_series(%s, %s) AS n WHERE award_id = %s",
            [options, options, first, first + count - 1, award.pk],
        )
        cursor.execute("SELECT setval(pg_get_serial_sequence('awards_award', 'id'), %s)", [first + count - 1])
        cursor.execute("ANALYZE")
    return list(Award.objects.filter(pk__gte=first).order_by("pk"))


def distinct(award: Award, options: int) -> Plan:
    """Every exercise of an Award of its own."""
    every = awards_like(award, CLIENTS * EACH, 2 * options)
    return [every[client::CLIENTS] for client in range(CLIENTS)]


def the_same(award: Award, options: int) -> Plan:
    """All clients at one Award, until nothing is left of it."""
    (one,) = awards_like(award, 1, 2 * options * CLIENTS * EACH)
    return [[one] * EACH for _ in range(CLIENTS)]


def client(act: Callable[[Award], Any], awards: list[Award], start: Any) -> None:
    connection.ensure_connection()
    start.wait()
    for award in awards:
        act(award)
    connection.close()


def together(act: Callable[[Award], Any], plan: Plan) -> float:
    """Seconds from the instant at which every client begins to the last one's end.

    A client is a process with a connection of its own, as the web server's workers are: the threads of one Python share
    one core, and would measure that.
    """
    connections.close_all()  # nothing of the parent's may be shared by a fork
    start = FORK.Barrier(CLIENTS + 1)
    clients = [FORK.Process(target=client, args=(act, awards, start)) for awards in plan]
    for one in clients:
        one.start()
    start.wait()
    began = perf_counter()
    for one in clients:
        one.join()
    took = perf_counter() - began
    assert [one.exitcode for one in clients] == [0] * CLIENTS  # a client fails by a refusal, by a deadlock too
    return took


class Exercise:
    """One exercise of so many OSOs, by the portal and by the floor's statement."""

    def __init__(self, holder: User, like: Award, options: int) -> None:
        self.holder, self.options = holder, options
        sheet, closes = priced_now(like, options, ON, NOW)
        self.reviewed = Reviewed(ON, sheet.consideration)
        self.given = {
            "options": options,
            "now": NOW,
            "on": ON,
            "by": holder.pk,
            "digest": "0" * 64,
            "worksheet": json.dumps(as_record(sheet)),
            "consideration": sheet.consideration,
            "closes": [close.pk for close in closes],
        }

    def by_portal(self, award: Award) -> None:
        give_notice(
            award=award,
            options=self.options,
            given_by=self.holder,
            received_at=NOW,
            form_key=uuid4(),
            now=NOW,
            reviewed=self.reviewed,
        )

    def by_statement(self, award: Award) -> None:
        with connection.cursor() as cursor:
            cursor.execute(FLOOR, {**self.given, "award": award.pk, "key": uuid4()})

    def require_all_taken(self, plan: Plan) -> None:
        """Accepted is exactly what was exercisable: half of each Award, and not one OSO more."""
        awards = {award.pk for awards in plan for award in awards}
        for award in Award.objects.filter(pk__in=awards):
            taken = ExerciseNotice.objects.filter(award=award).aggregate(sum=Sum("options"))["sum"]
            assert (taken, award.outstanding) == (award.options // 2, award.options // 2), award
        try:
            self.by_portal(plan[0][0])
        except MoreThanExercisable:
            return
        raise AssertionError("more was exercised than could be")


def clear() -> None:
    """Floor rows are no lawful history: the proof at the end is to see the portal's alone."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE exercises_exercisenotice, exercises_pricing, exercises_pinnedclose CASCADE")
        cursor.execute("TRUNCATE awards_auditevent, awards_optionentry, awards_award CASCADE")


def written() -> list[int]:
    """How many rows there are of each model that an exercise writes."""
    return [model._default_manager.count() for model in WRITTEN]


def rates(arrange: Callable[[Award, int], Plan], options: int) -> tuple[list[float], list[float]]:
    """Exercises per second, the portal's and the floor's, of rounds that take turns."""
    ours, floor = list[float](), list[float]()
    for _ in range(ROUNDS):
        rows_by_each = []
        for taken, name in ((floor, "by_statement"), (ours, "by_portal")):
            clear()
            like = builders.granted_award(options=1000, award_date="2006-04-01", initial_price="5.18")
            exercise, plan = Exercise(like.grantee.user, like, options), arrange(like, options)
            before = written()
            taken.append(CLIENTS * EACH / together(getattr(exercise, name), plan))
            exercise.require_all_taken(plan)
            rows_by_each.append([after - was for after, was in zip(written(), before, strict=True)])
        assert rows_by_each[0] == rows_by_each[1], rows_by_each
    assert list(consistency.differences()) == []
    return ours, floor


def rows() -> Iterable[Row]:
    if not ClosingPrice.objects.exists():
        builders.closes(builders.CLOSES_2007_04_02)
    for work, arrange, options in (("on distinct Awards", distinct, 100), ("on one Award", the_same, 1)):
        ours, floor = rates(arrange, options)
        yield Row(
            f"exercises, {CLIENTS} clients {work}",
            "one SQL statement writing the same",
            median(mine / its for mine, its in zip(ours, floor, strict=True)),
            GOAL,
            at_least=True,
            detail=f"{median(ours):,.0f} a second, floor {median(floor):,.0f}; never under {NEVER_UNDER}",
        )
