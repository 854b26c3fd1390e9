"""Trying again what can pass: a lock held too long, a deadlock, a database that is starting anew."""

import logging
import secrets
from collections.abc import Callable
from time import sleep
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

logger = logging.getLogger(__name__)
PASSING = (OperationalError, InterfaceError)
# Seconds; each is stretched by up to its half, so that those who met do not meet again.
PAUSES = (0.2, 1, 4)
Answer = TypeVar("Answer")


def until_it_passes(act: Callable[[], Answer]) -> Answer:
    """`act`, which is one transaction or safe to repeat; raises what it still raises at the last try."""
    for pause in PAUSES:
        try:
            return act()
        except PASSING as error:
            # A part of a transaction cannot be repeated alone.
            if connection.in_atomic_block:
                raise
            logger.warning("tried again: %s", error)
            connection.close()
            sleep(pause * (1 + secrets.randbelow(500) / 1000))
    return act()
