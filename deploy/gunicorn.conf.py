"""gunicorn in production: `gunicorn --config deploy/gunicorn.conf.py config.wsgi:application`.

BIND, WEB_WORKERS and WEB_THREADS may be set in the environment; a socket handed over by systemd goes before BIND.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from config import environment, logs

bind = environment.text("BIND", default="127.0.0.1:8000")
workers = environment.whole_number("WEB_WORKERS", default=4, least=1, most=1_000)
threads = environment.whole_number("WEB_THREADS", default=4, least=1, most=1_000)
worker_class = "gthread"
# In memory, so that a slow disk is not taken for a hung process.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
timeout = 60
# Told to stop, a process ends what it has begun: no page takes longer, its statements end after 30 seconds.
graceful_timeout = 35
# As many as it has threads: what one process cannot serve yet, another takes. nginx opens a connection each time.
worker_connections = threads
keepalive = 0
# Begun anew now and then, not all at the same time: what leaks stays small.
max_requests = 20_000
max_requests_jitter = 2_000
control_socket_disable = True
limit_request_line = 4094
limit_request_fields = 60
# The portal logs each request itself, by its route; here is only what gunicorn says of its processes.
accesslog = None
_form = environment.one_of("LOG_FORMAT", "json", "line", default="json")
logconfig_dict = logs.configuration(form=_form, level="INFO")
logconfig_dict["loggers"]["gunicorn.error"] = {"level": "INFO", "handlers": ["console"], "propagate": False}

# Before anything imports prometheus_client: it decides at that moment how to count.
_COUNTS = Path(os.environ.get("PROMETHEUS_MULTIPROC_DIR") or Path(tempfile.gettempdir()) / "portal-metrics")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_COUNTS)


def on_starting(server: Any) -> None:
    """Forget what the processes of an earlier start counted."""
    shutil.rmtree(_COUNTS, ignore_errors=True)
    _COUNTS.mkdir(mode=0o700, parents=True)


def child_exit(server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)
