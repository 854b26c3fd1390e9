"""The portal's Celery with a tick every second, for the beats that `test_beat` kills and doubles."""

from config.celery import app

app.conf.beat_schedule["tick"]["schedule"] = 1.0
