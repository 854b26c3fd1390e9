"""How PostgreSQL finds one person's Awards among everybody's."""

from datetime import date

import pytest

from awards.models import Award
from exercises.models import ExerciseNotice
from exercises.scale.loading import load
from tests import builders as given

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]
ON = date(2026, 11, 20)


@pytest.mark.parametrize("model", [Award, ExerciseNotice])
def test_rows_of_one_person_are_found_by_index(model: type[Award | ExerciseNotice]) -> None:
    load(grantees=4_000, awards=20_000, seed=7, now=given.instant("2026-11-20"))
    plan = model.objects.visible_to(given.grantee("ada").user, ON).explain()
    assert "awards_award_grantee" in plan
    assert "Seq Scan" not in plan.replace("Seq Scan on awards_representative", "")
