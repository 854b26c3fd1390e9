# ruff: noqa: S608 - put together from this file's own text; every value is a parameter
"""The SQL of the large company, for PostgreSQL and SQLite alike but for the WORDS in braces.

Everything follows from a number n and the seed: `{mix}` spreads n so that the same seed makes the same company.
"""

SHA256 = """
CREATE OR REPLACE FUNCTION pg_temp.sha256_hex(said text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT encode(sha256(convert_to(said, 'UTF8')), 'hex') $$
"""
WORDS = {
    "postgresql": {
        "sha256": "pg_temp.sha256_hex",
        "json": "::jsonb",
        "uuid": "::uuid",
    },
    "sqlite": {"sha256": "sha256_hex", "json": "", "uuid": ""},
}
TEMPORARY = {
    "name": "number integer, name text, place text",
    "quarter": "quarter integer, award_date date, price numeric(20,6), close_id bigint, proposed_at timestamptz, "
    "approved_at timestamptz, accepted_at timestamptz",
    "leaving": "leaving integer, left_on date, recorded_at timestamptz, quarters integer",
    "lapse": "quarter integer, leaving integer, size integer, options integer, left_on date, unvested integer, "
    "lapses_on date, unvested_at timestamptz, vested_at timestamptz, is_past boolean",
    "exercise": "quarter integer, number integer, size integer, exercise_date date, received_at timestamptz, "
    "options integer, worksheet text, multiplier numeric(8,3), fmv numeric(20,6), consideration numeric(20,2)",
    "pin": "quarter integer, number integer, close_id bigint",
    "award": "award integer PRIMARY KEY, n integer, holder integer, leaving integer, quarter integer",
}
NUMBERS = """
CREATE TEMPORARY TABLE scale_number AS
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < %(most)s) SELECT n FROM number
"""


def _mix(number: str, salt: int, many: str) -> str:
    """A whole number below `many` that follows from a number, a salt and the seed."""
    spread = f"(CAST({number} AS bigint) * 48271 + {salt} * 1000003 + %(seed)s * 7919) %% 2147483647"
    return f"((({spread}) * 16807 %% 2147483647) / 1009 %% ({many}))"


def _leaving(number: str) -> str:
    """A tenth of the Grantees left, each on one of the days."""
    return f"CASE WHEN {_mix(number, 1, '10')} = 0 THEN 1 + {_mix(number, 2, '%(leavings)s')} ELSE 0 END"


_GRANTEES = f"""
SELECT n, {_leaving("n")} AS leaving, {_mix("n", 3, "%(names)s")} AS name
FROM scale_number WHERE n > %(start)s AND n <= %(end)s
"""
_USERS = f"""
INSERT INTO auth_user (id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active,
    date_joined)
SELECT %(first_user)s + n, '!', false, 'scale' || n, '', '', '', false, true, %(joined)s FROM ({_GRANTEES}) AS person
"""
_PEOPLE = f"""
INSERT INTO awards_grantee (id, user_id, employee_number, name, hired_on, jurisdiction)
SELECT %(first_grantee)s + n, %(first_user)s + n, 'S' || n, named.name, %(hired_on)s, named.place
FROM ({_GRANTEES}) AS person JOIN scale_name AS named ON named.number = person.name
"""
_LEAVERS = f"""
INSERT INTO awards_employmentfact (id, grantee_id, kind, occurred_on, reason, employer, evidence, recorded_by_id,
    recorded_at)
SELECT %(first_employmentfact)s + n, %(first_grantee)s + n, 'ceased', leaving.left_on, 'other', '', 'Personnel file',
    %(proposer)s, leaving.recorded_at
FROM ({_GRANTEES}) AS person JOIN scale_leaving AS leaving USING (leaving)
"""

_HELD = f"""
SELECT n, holder, {_leaving("holder")} AS leaving
FROM (SELECT n, 1 + (n - 1) %% %(grantees)s AS holder FROM scale_number WHERE n <= %(awards)s) AS numbered
"""
_DRAWN = f"""
SELECT n, holder, leaving, 1 + {_mix("n", 4, "COALESCE(leaving.quarters, %(quarters)s)")} AS quarter
FROM ({_HELD}) AS held LEFT JOIN scale_leaving AS leaving USING (leaving)
"""
# Numbered one Award Date after the other, as a Committee grants them.
NUMBERED = f"""
INSERT INTO scale_award
SELECT row_number() OVER (ORDER BY quarter, n), n, holder, leaving, quarter FROM ({_DRAWN}) AS drawn
"""
_DATED = f"""
SELECT award, holder, leaving, quarter, 1 + {_mix("n", 5, "%(sizes)s")} AS size,
    CASE WHEN leaving = 0 AND {_mix("n", 6, "50")} = 0 THEN 1 + {_mix("n", 7, "2")} ELSE 0 END AS exercise
FROM scale_award WHERE award > %(start)s AND award <= %(end)s
"""
# An Award with everything that its terms say; `is_swept` where the sweep has been.
_AWARDS = f"""
SELECT dated.award AS n, dated.holder, dated.leaving, dated.size, quarter.*, lapse.options, lapse.left_on,
    lapse.unvested, lapse.lapses_on, lapse.unvested_at, lapse.vested_at, exercise.number AS exercise,
    COALESCE(exercise.options, 0) AS exercised, exercise.exercise_date, exercise.received_at,
    lapse.options - lapse.unvested - COALESCE(exercise.options, 0) AS remaining,
    lapse.is_past,
    lapse.is_past AND dated.award < %(unswept_from)s AS is_swept
FROM ({_DATED}) AS dated
JOIN scale_quarter AS quarter ON quarter.quarter = dated.quarter
JOIN scale_lapse AS lapse
    ON lapse.quarter = dated.quarter AND lapse.leaving = dated.leaving AND lapse.size = dated.size
LEFT JOIN scale_exercise AS exercise
    ON exercise.quarter = dated.quarter AND exercise.number = dated.exercise AND exercise.size = dated.size
"""
NTH_DUE = f"""
SELECT n FROM ({_AWARDS.replace("%(unswept_from)s", "0")}) AS award WHERE is_past AND remaining > 0
ORDER BY n DESC LIMIT 1 OFFSET %(due)s - 1
"""
_AWARD = f"""
INSERT INTO awards_award (id, grantee_id, master_agreement_id, award_date, options, initial_price, proposed_close_id,
    initial_price_reason, proposed_by_id, proposed_at, approved_by_id, approved_at, rejection_reason,
    letter_issued_by_id, letter_issued_at, accepted_by_id, accepted_at, signed_name, decline_reason, outstanding,
    next_lapse_on, next_lapse_kind)
SELECT %(first_award)s + n, %(first_grantee)s + holder, %(agreement)s, award_date, options, price, close_id, '',
    %(proposer)s, proposed_at, %(approver)s, approved_at, '', %(approver)s, approved_at, %(first_user)s + holder,
    accepted_at, 'Signed', '', CASE WHEN is_swept THEN 0 ELSE remaining END, lapses_on, 'lapsed_vested'
FROM ({_AWARDS}) AS award
"""
_ENTRY = """
INSERT INTO awards_optionentry (award_id, sequence, kind, options, outstanding_after, effective_on, recorded_at,
    recorded_by_id, cause, note)
"""
_GRANTED = f"""
{_ENTRY} SELECT %(first_award)s + n, 1, 'granted', options, options, award_date, approved_at, %(approver)s, 'grant', ''
FROM ({_AWARDS}) AS award
"""
_EXERCISED = f"""
{_ENTRY}
SELECT %(first_award)s + n, 2, 'exercised', -exercised, options - exercised, exercise_date, received_at,
    %(first_user)s + holder, 'exercise/' || (%(first_exercisenotice)s + n), ''
FROM ({_AWARDS}) AS award WHERE exercised > 0
"""
_UNVESTED = f"""
{_ENTRY}
SELECT %(first_award)s + n, 2, 'lapsed_unvested', -unvested, options - unvested, left_on, unvested_at,
    CAST(NULL AS integer), 'lapsed_unvested/2', ''
FROM ({_AWARDS}) AS award WHERE unvested > 0
"""
_VESTED = f"""
{_ENTRY}
SELECT %(first_award)s + n, 2 + CASE WHEN exercised > 0 OR unvested > 0 THEN 1 ELSE 0 END, 'lapsed_vested', -remaining,
    0, lapses_on, vested_at, CAST(NULL AS integer),
    'lapsed_vested/' || (2 + CASE WHEN exercised > 0 OR unvested > 0 THEN 1 ELSE 0 END), ''
FROM ({_AWARDS}) AS award WHERE is_swept AND remaining > 0
"""
_NOTICE = f"""
INSERT INTO exercises_exercisenotice (id, award_id, options, channel, capacity, received_at, exercise_date,
    recorded_by_id, recorded_at, evidence, insists, form_key, request_digest)
SELECT %(first_exercisenotice)s + n, %(first_award)s + n, exercised, 'web', 'grantee', received_at, exercise_date,
    %(first_user)s + holder, received_at, '', false, substr({{sha256}}('key' || n), 1, 32){{uuid}}, {{sha256}}('' || n)
FROM ({_AWARDS}) AS award WHERE exercised > 0
"""
_PRICING = f"""
INSERT INTO exercises_pricing (id, notice_id, worksheet, multiplier, fmv, consideration, priced_at)
SELECT %(first_pricing)s + n, %(first_exercisenotice)s + n, priced.worksheet{{json}}, priced.multiplier, priced.fmv,
    priced.consideration, priced.received_at
FROM ({_AWARDS}) AS award JOIN scale_exercise AS priced
    ON priced.quarter = award.quarter AND priced.number = award.exercise AND priced.size = award.size
"""
_PIN = f"""
INSERT INTO exercises_pinnedclose (pricing_id, closing_price_id)
SELECT %(first_pricing)s + n, pin.close_id
FROM ({_AWARDS}) AS award JOIN scale_pin AS pin ON pin.quarter = award.quarter AND pin.number = award.exercise
"""
_AUDIT = f"""
INSERT INTO awards_auditevent (subject, sequence, action, actor_id, before, after, reason, at, previous_hash, hash)
SELECT subject, 1, 'loaded', %(proposer)s, '{{{{}}}}'{{json}}, ('{{{{"options":' || options || '}}}}'){{json}}, '',
    %(now)s, '',
    {{sha256}}('["' || subject || '",1,"loaded",' || %(proposer)s || ',{{{{}}}},{{{{"options":' || options
        || '}}}},"","' || %(instant)s || '",""]')
FROM (SELECT 'award:' || (%(first_award)s + n) AS subject, options FROM ({_AWARDS}) AS award) AS said
"""
PEOPLE = (_USERS, _PEOPLE, _LEAVERS)
AWARDS = (_AWARD, _GRANTED, _EXERCISED, _UNVESTED, _VESTED, _NOTICE, _PRICING, _PIN, _AUDIT)
