"""Sessions in the database, of which a new one is written once and by one statement: when its key is handed out."""

from django.contrib.sessions.backends.base import VALID_KEY_CHARS, CreateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.utils.crypto import get_random_string

from awards.market import writing
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

    def save(self, must_create: bool = False) -> None:
        """Raises CreateError where a session is to be new and its key is not: `create` then takes another."""
        if self.session_key is None or not must_create:
            super().save(must_create)
            return
        held = self._get_session(no_load=True)  # type: ignore[attr-defined]
        if not writing.add(self.create_model_instance(held)):
            raise CreateError

    def _get_new_session_key(self) -> str:
        # Django's asks first whether it is taken, which only the INSERT can tell for certain.
        return get_random_string(32, VALID_KEY_CHARS)
