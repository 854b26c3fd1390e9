"""What writes a day on which the exchange did not do what its calendar said."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Max

from awards.market.models import TradingDayOverride

_ATTEMPTS = 3


def record_override(*, override: TradingDayOverride, by: User, now: datetime) -> TradingDayOverride:
    """Record an override that is not yet saved, as the next revision of its day."""
    override.recorded_by, override.recorded_at = by, now
    for attempt in range(_ATTEMPTS):
        override.revision = _newest_revision(override) + 1
        try:
            with transaction.atomic():
                override.save(force_insert=True)
                return override
        except IntegrityError:
            # Somebody else took the revision between our look and our insert.
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _newest_revision(override: TradingDayOverride) -> int:
    rows = TradingDayOverride.objects.filter(day=override.day)
    return rows.aggregate(newest=Max("revision"))["newest"] or 0
