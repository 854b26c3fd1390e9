"""Sessions in the database, of which a new one is written once: with the answer that hands out its key."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.utils.crypto import get_random_string

from awards.sessions import NOTED


class SessionStore(DatabaseSessions):
    def cycle_key(self) -> None:
        """A new key for what the session holds; the old one is gone.

        Django's writes the row under its new key at once, and again when all is in it. Who had no key until now has
        none to lose: `save` makes one, as for any new session.
        """
        if self.session_key:
            super().cycle_key()
            if NOTED in self:
                # Where it signs in was noted under the old key: another word has it noted again under the new one.
                self[NOTED] = get_random_string(12)
        else:
            self.modified = True
