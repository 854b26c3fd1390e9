"""Who may give a notice of exercise (§2.5, §5)."""

from enum import Enum


class Capacity(Enum):
    """In what capacity a person acts for an Award."""

    GRANTEE = "grantee"
    GUARDIAN = "guardian"
    ESTATE = "estate"
    HEIR = "heir"
    TRANSFEREE = "transferee"


def may_give_notice(capacity: Capacity, *, has_died: bool, has_guardian: bool, is_transferred: bool) -> bool:
    """Whether a notice from one acting in that capacity is a notice under §2.5.

    A transferred Award is the transferee's alone; otherwise, after death, the estate's representative or the heirs
    act; a Grantee with a court-appointed guardian acts through the guardian; everybody else acts themselves.
    """
    if is_transferred:
        return capacity is Capacity.TRANSFEREE
    if has_died:
        return capacity in (Capacity.ESTATE, Capacity.HEIR)
    return capacity is (Capacity.GUARDIAN if has_guardian else Capacity.GRANTEE)
