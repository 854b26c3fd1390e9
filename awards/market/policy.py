"""What settings.MARKET_POLICY asks of a series before a close is believed, and what it makes of the deliveries.

Without a policy one source is enough, and sources that differ have their closes held.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from awards.market.history import DayClose
from awards.market.models import HeldClose, Series, plain
from awards.market.parsing import DatedClose
from awards.market.sources import Source, sources_of
from awards.market.sources.listed import Listed, arrives_after

WAIT = timedelta(minutes=60)
_KEYS = {"require", "prefer", "wait_minutes"}
_MOST_MINUTES = 24 * 60
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Policy:
    """`require` sources must deliver the same close, or the first of `prefer` that delivers one is believed.

    `wait`: how long after the last source's arrival time the others are waited for, from each day's close of trading.
    """

    require: int = 1
    prefer: tuple[str, ...] = ()
    wait: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Delivered:
    """A close as a source delivered it."""

    source: str
    day: date
    close: Decimal


@dataclass(slots=True)
class Verdict:
    """What becomes of what was delivered; a close named nowhere is recorded if nothing else speaks against it."""

    doubts: dict[DayClose, HeldClose.Reason] = field(default_factory=dict)
    # By source and day. Waiting: not yet, it is asked for again. Passed over: another source goes before it.
    waiting: set[tuple[str, date]] = field(default_factory=set)
    passed_over: set[tuple[str, date]] = field(default_factory=set)
    told: list[str] = field(default_factory=list)

    def is_left_out(self, source: str, day: date) -> bool:
        return (source, day) in self.waiting or (source, day) in self.passed_over

    def messages(self) -> list[str]:
        """The newest twenty, for people."""
        more = len(self.told) - _SHOWN
        return self.told[-_SHOWN:] + ([f"… and {more} more"] if more > 0 else [])


def check_settings() -> None:
    """Raises ImproperlyConfigured naming what is wrong with MARKET_SOURCES or MARKET_POLICY, of whichever series."""
    for series in Series.values:
        policy_of(series, sources_of(series))


def policy_of(series: str, sources: Sequence[Source]) -> Policy:
    """The policy of a series. Raises ImproperlyConfigured naming what is wrong with it."""
    every = settings.MARKET_POLICY
    if not isinstance(every, dict) or not all(name in Series.values for name in every):
        raise ImproperlyConfigured(f"MARKET_POLICY is a policy by series ({', '.join(Series.values)}).")
    if series not in every:
        return Policy()
    where, asked = f"MARKET_POLICY[{series!r}]", every[series]
    if not isinstance(asked, dict) or not asked.keys() <= _KEYS or ("require" in asked) == ("prefer" in asked):
        raise ImproperlyConfigured(f'{where} has "require" or "prefer", and "wait_minutes" if it likes.')
    names = _names(where, sources)
    wait = _wait(where, asked.get("wait_minutes", WAIT // timedelta(minutes=1)))
    wait += max((arrives_after(source) for source in sources), default=timedelta(0))
    if "require" in asked:
        return Policy(require=_required(where, asked["require"], names), wait=wait)
    return Policy(prefer=_preferred(where, asked["prefer"], names), wait=wait)


def _names(where: str, sources: Sequence[Source]) -> list[str]:
    names = [source.called for source in sources if isinstance(source, Listed) and source.called]
    if len(names) < len(sources) or len(set(names)) < len(names):
        raise ImproperlyConfigured(f'{where}: every source of the series needs a "name", each another.')
    return names


def _wait(where: str, minutes: Any) -> timedelta:
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not 0 < minutes <= _MOST_MINUTES:
        raise ImproperlyConfigured(f'{where}: "wait_minutes" is a whole number from 1 to {_MOST_MINUTES}.')
    return timedelta(minutes=minutes)


def _required(where: str, require: Any, names: list[str]) -> int:
    if isinstance(require, bool) or not isinstance(require, int) or require < 2:
        raise ImproperlyConfigured(f'{where}: "require" is a whole number from 2.')
    if require > len(names):
        raise ImproperlyConfigured(f'{where}: "require" is {require}, and the series has {len(names)} sources.')
    return require


def _preferred(where: str, prefer: Any, names: list[str]) -> tuple[str, ...]:
    if not isinstance(prefer, list) or sorted(map(str, prefer)) != sorted(names):
        shown = ", ".join(names)
        raise ImproperlyConfigured(f'{where}: "prefer" names every source of the series once: {shown}.')
    return tuple(prefer)


def weigh(
    policy: Policy,
    delivered: Iterable[Delivered],
    *,
    recorded: Mapping[date, Delivered],
    is_overdue: Callable[[date], bool],
    held_since: date,
) -> Verdict:
    """Weigh what was delivered against each other; `recorded` is what each day has.

    `is_overdue`: whether the other sources of a day have been waited for long enough. A close that came alone before
    `held_since` goes on waiting and is not held: a first night may bring thousands of them.
    """
    by_day: dict[date, list[Delivered]] = {}
    for each in delivered:
        by_day.setdefault(each.day, []).append(each)
    verdict = Verdict()
    for day, found in sorted(by_day.items()):
        if policy.prefer:
            _prefer(policy.prefer, found, recorded.get(day), is_overdue(day), verdict)
        elif _differ(found):
            _doubt(found, HeldClose.Reason.DISAGREEMENT, verdict)
        elif day not in recorded and len({each.source for each in found}) < policy.require:
            is_late = is_overdue(day) and day >= held_since
            _alone(policy, found, verdict, is_late=is_late)
    return verdict


def _differ(found: Iterable[Delivered]) -> bool:
    return len({each.close for each in found}) > 1


def _doubt(found: Iterable[Delivered], reason: HeldClose.Reason, verdict: Verdict) -> None:
    verdict.doubts |= {(each.day, each.close): reason for each in found}


def _alone(policy: Policy, found: Sequence[Delivered], verdict: Verdict, *, is_late: bool) -> None:
    if is_late:
        _doubt(found, HeldClose.Reason.ALONE, verdict)
        return
    names = " and ".join(sorted({each.source for each in found}))
    verdict.waiting |= {(each.source, each.day) for each in found}
    verdict.told.append(f"{found[0].day} waits: only {names} has it, and {policy.require} sources must agree")


def _prefer(
    prefer: tuple[str, ...], found: Sequence[Delivered], recorded: Delivered | None, is_overdue: bool, verdict: Verdict
) -> None:
    """The foremost source is believed, once the ones before it have been waited for."""
    rank = {name: number for number, name in enumerate(prefer)}
    foremost = min((each.source for each in found), key=rank.__getitem__)
    if recorded is None and foremost != prefer[0] and not is_overdue:
        verdict.waiting |= {(each.source, each.day) for each in found}
        verdict.told.append(f"{found[0].day} waits for {prefer[0]}")
        return
    of_foremost = [each for each in found if each.source == foremost]
    if _differ(of_foremost):
        _doubt(of_foremost, HeldClose.Reason.DISAGREEMENT, verdict)
    before = of_foremost[0]
    # What a person recorded is no source's: a close that differs from it is held like any other.
    if recorded and recorded.source in rank and rank[recorded.source] < rank[foremost]:
        before = recorded
    for each in found:
        if rank[each.source] > rank[before.source]:
            _pass_over(each, before, verdict)


def _pass_over(each: Delivered, before: Delivered, verdict: Verdict) -> None:
    if each.close != before.close:
        verdict.passed_over.add((each.source, each.day))
        difference = f"{plain(each.close)} of {each.source} gives way to {plain(before.close)} of {before.source}"
        verdict.told.append(f"{each.day}: {difference}")


def kept(closes: Iterable[DatedClose], source: str, verdict: Verdict) -> tuple[DatedClose, ...]:
    """The closes of a delivery that are handed on."""
    return tuple(dated for dated in closes if not verdict.is_left_out(source, dated.day))
