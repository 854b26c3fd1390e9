"""How PostgreSQL finds one person's Awards among everybody's: by index, from the person."""

from datetime import date

import pytest
from django.db import connection

from awards.models import Award
from awards.models.award import keys_seen_by
from exercises.models import ExerciseNotice
from tests import builders as given

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 20)


@pytest.mark.postgresql
@pytest.mark.parametrize("model", [Award, ExerciseNotice])
def test_rows_of_one_person_are_found_by_index(model: type[Award | ExerciseNotice]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = model.objects.visible_to(given.grantee("ada").user, ON).explain()
    assert "Index Cond: (user_id = " in plan
    assert "awards_grantee_user_id" in plan
    assert "awards_award_grantee" in plan
    assert "Seq Scan" not in plan


def test_statement_made_once_is_the_one_made_for_that_person_and_day() -> None:
    for username, on in (("ada", ON), ("eve", date(2005, 7, 1))):
        user = given.grantee(username).user
        assert f" IN ({keys_seen_by(user.pk, on).query}))" in str(Award.objects.visible_to(user, on).query)
