"""Tasks by name. The plain functions behind them are what scheduled jobs call; both are safe to run twice."""

import logging
from typing import Any

from celery import shared_task

from awards.market.missing import missing_lines, missing_report
from awards.market.recording import collect_closing_prices
from config import clock

logger = logging.getLogger(__name__)


@shared_task(name="market.record_closing_prices")
def record_closing_prices() -> dict[str, Any]:
    """Fetch and record what every source has."""
    return collect_closing_prices(clock.now())


@shared_task(name="market.alarm_missing_closes")
def alarm_missing_closes() -> list[str]:
    """Log as an error each series that lacks a close that is due."""
    lines = missing_lines(missing_report(clock.now()))
    for line in lines:
        logger.error("%s", line)
    return lines
