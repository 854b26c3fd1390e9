"""Why nothing of an Award can be exercised now, in words: whatever its standing says, and never a missing close."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from awards.queries import Holding
from awards.templatetags.figures import day, minute, options
from awards.what_next import next_vest
from config.clock import new_york_date


def why_not_exercisable(holding: Holding) -> str:
    """Why and since when, or until when; empty where something is exercisable."""
    award = holding.award
    if holding.exercisable:
        return ""
    if award.declined_at is not None:
        return _("The Award Letter was declined on %(day)s.") % {"day": day(new_york_date(award.declined_at))}
    if not holding.left:
        return " ".join(_gone(holding)) or _("All of its options are exercised, lapsed or cancelled.")
    if holding.is_past:
        return _past(holding)
    if award.awaits_acceptance:
        return _("Accept the Award Letter first. Until then nothing of the Award can be exercised.")
    return " ".join(_to_come(holding)) if award.is_accepted else _("Its Award Letter has not been issued yet.")


def _gone(holding: Holding) -> Iterator[str]:
    stands = holding.standing
    vested_lapsed = stands.vested - stands.exercisable
    if holding.exercised:
        text = ngettext("%(options)s option was exercised.", "%(options)s options were exercised.", holding.exercised)
        yield text % {"options": options(holding.exercised)}
    if vested_lapsed:
        text = ngettext(
            "%(options)s vested option that was not exercised lapsed on %(day)s (%(clause)s).",
            "%(options)s vested options that were not exercised lapsed on %(day)s (%(clause)s).",
            vested_lapsed,
        )
        said = {"day": day(stands.lapse.lapses_on), "clause": stands.lapse.clause}
        yield text % {"options": options(vested_lapsed), **said}
    if stands.unvested_lapsed:
        text = ngettext(
            "%(options)s option that had not vested lapsed on %(day)s, the day employment ended (§4.1).",
            "%(options)s options that had not vested lapsed on %(day)s, the day employment ended (§4.1).",
            stands.unvested_lapsed,
        )
        yield text % {"options": options(stands.unvested_lapsed), "day": day(stands.unvested_lapsed_on)}
    if holding.cancelled:
        text = ngettext("%(options)s option was cancelled.", "%(options)s options were cancelled.", holding.cancelled)
        yield text % {"options": options(holding.cancelled)}


def _past(holding: Holding) -> str:
    lapse = holding.standing.lapse
    said = {"moment": minute(holding.last_moment), "day": day(lapse.lapses_on), "clause": lapse.clause}
    text = _(
        "The last moment to exercise was %(moment)s. What is left lapses at the end of %(day)s, without another day to "
        "exercise it (%(clause)s)."
    )
    return text % said


def _to_come(holding: Holding) -> Iterator[str]:
    following = next_vest([holding])
    yield _("What has vested was exercised.") if holding.exercised else _("Nothing has vested yet.")
    if following is not None:
        text = ngettext(
            "%(options)s option vests on %(day)s, if employed on that day.",
            "%(options)s options vest on %(day)s, if employed on that day.",
            following.options,
        )
        yield text % {"options": options(following.options), "day": day(following.on)}
    elif holding.employment.ended_on is not None:
        said = {"day": day(holding.employment.ended_on)}
        yield _("Nothing more vests before employment ends on %(day)s (§4.1).") % said
