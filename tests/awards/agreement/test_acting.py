"""Who may give notice, for every state an Award can be in (§2.5, §5)."""

import pytest

from awards.agreement.acting import Capacity, may_give_notice

# has died, has a guardian, is transferred: who may.
TABLE = {
    (False, False, False): {Capacity.GRANTEE},
    (False, True, False): {Capacity.GUARDIAN},
    (True, False, False): {Capacity.ESTATE, Capacity.HEIR},
    (True, True, False): {Capacity.ESTATE, Capacity.HEIR},
    (False, False, True): {Capacity.TRANSFEREE},
    (False, True, True): {Capacity.TRANSFEREE},
    (True, False, True): {Capacity.TRANSFEREE},
    (True, True, True): {Capacity.TRANSFEREE},
}


@pytest.mark.parametrize(("state", "may"), TABLE.items(), ids=[str(state) for state in TABLE])
def test_may_give_notice(state: tuple[bool, bool, bool], may: set[Capacity]) -> None:
    has_died, has_guardian, is_transferred = state
    found = {
        capacity
        for capacity in Capacity
        if may_give_notice(capacity, has_died=has_died, has_guardian=has_guardian, is_transferred=is_transferred)
    }
    assert found == may
