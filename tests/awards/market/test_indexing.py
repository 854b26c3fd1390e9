from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models
from django.db.migrations import AddConstraint
from django.db.migrations.state import ModelState, ProjectState

from awards.market.indexing import (
    AddCheckBesideWriters,
    AddCheckOfNewRows,
    AddIndexBesideWriters,
    AddUniqueBesideWriters,
    DropIndexOfField,
    RemoveIndexBesideWriters,
    RemoveUniqueBesideWriters,
)
from awards.models import Grantee
from tests import builders

pytestmark = pytest.mark.django_db(transaction=True)
INDEX = models.Index(fields=["close"], name="closingprice_by_close")
ADD = AddIndexBesideWriters("closingprice", INDEX)
REMOVE = RemoveIndexBesideWriters("closingprice", INDEX.name)


def states() -> tuple[ProjectState, ProjectState]:
    """Without the index and with it."""
    before = ProjectState.from_apps(apps)
    after = before.clone()
    ADD.state_forwards("market", after)
    return before, after


def run(operation: Any, *, backwards: bool = False) -> None:
    without, with_it = states()
    before, after = (without, with_it) if (operation is ADD) != backwards else (with_it, without)
    act = operation.database_backwards if backwards else operation.database_forwards
    with connection.schema_editor(atomic=False) as editor:
        act("market", editor, before, after)


def is_there() -> bool:
    with connection.cursor() as cursor:
        return INDEX.name in connection.introspection.get_constraints(cursor, "market_closingprice")


def test_index_is_made_and_dropped_as_often_as_its_migration_is_run() -> None:
    for operation, backwards, expected in (
        (ADD, False, True), (ADD, False, True), (REMOVE, False, False), (REMOVE, False, False),
        (REMOVE, True, True), (ADD, True, False),
    ):  # fmt: skip
        run(operation, backwards=backwards)
        assert is_there() is expected


@pytest.mark.postgresql
def test_half_an_index_of_an_earlier_try_is_made_anew() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX {INDEX.name} ON market_closingprice (close)")
        cursor.execute(f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{INDEX.name}'::regclass")
    run(ADD)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT indisvalid FROM pg_index WHERE indexrelid = '{INDEX.name}'::regclass")
        assert cursor.fetchone() == (True,)
    run(REMOVE)


@pytest.mark.postgresql
def test_session_waits_for_locks_as_before() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        before = cursor.fetchone()
        run(ADD)
        run(REMOVE)
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == before


class TestCheck:
    CHECK = models.CheckConstraint(condition=~models.Q(name="Nobody"), name="grantee_is_somebody")
    ADD = AddCheckBesideWriters("grantee", CHECK)

    def run(self, *, backwards: bool = False) -> None:
        without = ProjectState.from_apps(apps)
        with_it = without.clone()
        self.ADD.state_forwards("awards", with_it)
        with connection.schema_editor(atomic=False) as editor:
            if backwards:
                self.ADD.database_backwards("awards", editor, with_it, without)
            else:
                self.ADD.database_forwards("awards", editor, without, with_it)

    def test_row_that_breaks_it_stops_the_release_and_once_corrected_it_runs_again(self) -> None:
        wrong = builders.grantee(name="Nobody")
        with pytest.raises(IntegrityError):
            self.run()
        assert Grantee.objects.get().name == "Nobody"

        Grantee.objects.filter(pk=wrong.pk).update(name="Ada")
        self.run()
        with pytest.raises(IntegrityError):
            Grantee.objects.filter(pk=wrong.pk).update(name="Nobody")
        self.run(backwards=True)
        Grantee.objects.filter(pk=wrong.pk).update(name="Nobody")

    @pytest.mark.postgresql
    def test_old_rows_are_held_to_it_too(self) -> None:
        self.run()
        with connection.cursor() as cursor:
            cursor.execute("SELECT convalidated FROM pg_constraint WHERE conname = %s", [self.CHECK.name])
            assert cursor.fetchone() == (True,)
        self.run(backwards=True)

    @pytest.mark.postgresql
    def test_of_what_is_append_only_leaves_its_old_rows_as_they_are(self) -> None:
        old = builders.grantee(name="Nobody")
        check = AddCheckOfNewRows("grantee", self.CHECK)
        without = ProjectState.from_apps(apps)
        with_it = without.clone()
        check.state_forwards("awards", with_it)
        with connection.schema_editor(atomic=False) as editor:
            check.database_forwards("awards", editor, without, with_it)
        assert Grantee.objects.get().name == "Nobody"
        with pytest.raises(IntegrityError):
            builders.grantee("other", name="Nobody")
        with connection.schema_editor(atomic=False) as editor:
            check.database_backwards("awards", editor, with_it, without)
        assert old.name == "Nobody"


class TestUnique:
    """Of jurisdictions: one taken by two Grantees is refused, but for those in Colorado."""

    SOME = models.UniqueConstraint(
        fields=["jurisdiction"], condition=~models.Q(jurisdiction="US-CO"), name="grantee_jurisdiction_once"
    )
    ALL = models.UniqueConstraint(fields=["jurisdiction"], name="grantee_jurisdiction_of_one")
    ADD_SOME, ADD_ALL = AddUniqueBesideWriters("grantee", SOME), AddConstraint("grantee", ALL)
    REMOVE_ALL = RemoveUniqueBesideWriters("grantee", ALL.name)

    def run(self, operation: Any, add: Any, *, backwards: bool = False) -> None:
        without = ProjectState.from_apps(apps)
        with_it = without.clone()
        add.state_forwards("awards", with_it)
        before, after = (without, with_it) if (operation is add) != backwards else (with_it, without)
        act = operation.database_backwards if backwards else operation.database_forwards
        with connection.schema_editor(atomic=False) as editor:
            act("awards", editor, before, after)

    def test_row_that_is_there_twice_stops_the_release_and_once_corrected_it_runs_again(self) -> None:
        builders.grantee("first", jurisdiction="US-NY")
        other = builders.grantee("other", jurisdiction="US-NY")
        with pytest.raises(IntegrityError):
            self.run(self.ADD_SOME, self.ADD_SOME)

        Grantee.objects.filter(pk=other.pk).update(jurisdiction="US-CO")
        for _ in range(2):
            self.run(self.ADD_SOME, self.ADD_SOME)
        builders.grantee("third", jurisdiction="US-CO")
        with pytest.raises(IntegrityError):
            builders.grantee("fourth", jurisdiction="US-NY")
        self.run(self.ADD_SOME, self.ADD_SOME, backwards=True)
        builders.grantee("fourth", jurisdiction="US-NY")

    @pytest.mark.postgresql
    def test_constraint_goes_and_comes_back_as_often_as_its_migration_is_run(self) -> None:
        for backwards, kinds in ((True, ["u"]), (True, ["u"]), (False, []), (False, [])):
            self.run(self.REMOVE_ALL, self.ADD_ALL, backwards=backwards)
            with connection.cursor() as cursor:
                cursor.execute("SELECT contype::text FROM pg_constraint WHERE conname = %s", [self.ALL.name])
                assert [kind for (kind,) in cursor.fetchall()] == kinds
            assert (self.ALL.name in of_grantee()) is backwards

    def test_table_made_anew_keeps_its_rows(self) -> None:
        builders.grantee("first", jurisdiction="US-NY")
        self.run(self.REMOVE_ALL, self.ADD_ALL, backwards=True)
        with pytest.raises(IntegrityError):
            builders.grantee("other", jurisdiction="US-NY")
        self.run(self.REMOVE_ALL, self.ADD_ALL)
        builders.grantee("other", jurisdiction="US-NY")
        assert Grantee.objects.filter(jurisdiction="US-NY").count() == 2


def of_grantee() -> dict[str, Any]:
    with connection.cursor() as cursor:
        found: dict[str, Any] = connection.introspection.get_constraints(cursor, "awards_grantee")
    return found


@pytest.mark.parametrize(
    ("field", "is_refused"),
    [(models.DateField(), False), (models.DateField(null=True), True), (models.DateTimeField(), True)],
    ids=["index alone", "null as well", "another type"],
)
def test_field_loses_its_index_and_nothing_else(field: Any, is_refused: bool) -> None:
    state = ProjectState()
    state.add_model(ModelState("market", "Sample", [("day", models.DateField(db_index=True))]))
    operation = DropIndexOfField("sample", "day", field)
    if is_refused:
        with pytest.raises(ValueError, match=r"sample\.day would change by more than its index"):
            operation.state_forwards("market", state)
    else:
        operation.state_forwards("market", state)
        assert state.models["market", "sample"].fields["day"].db_index is False


def of_recorder() -> tuple[set[str], list[int]]:
    """The indexes of the closes' `recorded_by`, and its foreign key as the database numbers it."""
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "market_closingprice")
        cursor.execute(
            "SELECT oid FROM pg_constraint WHERE contype = 'f' AND conrelid = 'market_closingprice'::regclass"
            " ORDER BY oid"
        )
        keys = [oid for (oid,) in cursor.fetchall()]
    found = {name for name, of in constraints.items() if of["index"] and of["columns"] == ["recorded_by_id"]}
    return found, keys


@pytest.mark.postgresql
def test_foreign_key_stays_where_its_index_goes_and_comes_back() -> None:
    before = ProjectState.from_apps(apps)
    field = before.models["market", "closingprice"].fields["recorded_by"].clone()
    field.db_index = False
    operation, after = DropIndexOfField("closingprice", "recorded_by", field), before.clone()
    operation.state_forwards("market", after)
    (index,), keys = of_recorder()

    for act, given, indexes in (
        (operation.database_forwards, (before, after), set()), (operation.database_forwards, (before, after), set()),
        (operation.database_backwards, (after, before), {index}),
        (operation.database_backwards, (after, before), {index}),
    ):  # fmt: skip
        with connection.schema_editor(atomic=False) as editor:
            act("market", editor, *given)
        assert of_recorder() == (indexes, keys)
