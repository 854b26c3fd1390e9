"""What leaves the house when something fails. A transport that keeps the envelopes stands in for the network."""

import json
import subprocess
import sys
from pathlib import Path

from config import errors

ROOT = Path(__file__).parent.parent.parent
PROGRAM = """
import json, logging
from sentry_sdk.transport import Transport
from config import errors

class Kept(Transport):
    def capture_envelope(self, envelope):
        kept.append(json.loads(envelope.get_event() and json.dumps(envelope.get_event(), default=str)))

kept = []
errors.report_to("https://key@errors.example.com/1", transport=Kept, environment="production")
secret = "a local that nobody may see"
try:
    raise ValueError("no mail to maya.ortiz@example.com")
except ValueError:
    logging.getLogger("portal").exception("mail to %s failed", "maya.ortiz@example.com")
print(json.dumps(kept))
"""


def test_report_says_what_failed_and_nothing_about_people() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (event,) = json.loads(done.stdout)
    assert event["exception"]["values"][0]["value"] == "no mail to [address]"
    assert "maya" not in done.stdout
    assert "nobody may see" not in done.stdout.replace("context_line", "")
    assert event["environment"] == "production"


def test_event_keeps_of_its_request_the_method_alone() -> None:
    event = {
        "request": {"method": "POST", "url": "https://portal/x?secret=1", "cookies": {"sessionid": "s"}},
        "user": {"id": 7},
        "extra": {"award": 12},
        "logentry": {"message": "mail to %s", "params": ["a@example.com"], "formatted": "mail to a@example.com"},
    }
    assert errors.without_people(event, {}) == {
        "tags": {"method": "POST", "request_id": ""},
        "logentry": {"message": "mail to %s", "formatted": "mail to [address]"},
    }
