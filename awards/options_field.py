"""The field in which a person types a number of OSOs."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from awards.templatetags.figures import options

MOST_OPTIONS = 2_000_000_000
# A minus sign is read so that what is below 1 is told the limits, as 0 is.
_PLAIN = re.compile(r"-?[0-9]+")


class OptionsField(forms.IntegerField):
    """A whole number of OSOs, from 1, in plain digits: nothing else is guessed at.

    `1.000` is a thousand to one reader and one to another, and an exercise of the wrong one cannot be taken back. A
    browser's field for numbers would guess before anything is sent, so that it is a field for text.
    """

    widget = forms.TextInput
    default_error_messages = {
        "invalid": _("Enter a whole number, without a comma or a point."),
        "min_value": _("Enter a number from 1 up."),
        "max_value": _("No Award has so many options."),
    }

    def __init__(self, **given: Any) -> None:
        super().__init__(min_value=1, **given)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {} if widget.is_hidden else {"inputmode": "numeric", "autocomplete": "off"}

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        typed = str(value).strip()
        if not _PLAIN.fullmatch(typed):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        found: int | None = super().to_python(typed)
        return found

    def limit_to(self, most: int, said: str) -> None:
        """Say that `most` can be entered, and refuse in these words what is below 1 or above it."""
        self.help_text = gettext("From 1 to %(most)s.") % {"most": options(most)}
        self.max_value = most
        self.validators.append(MaxValueValidator(most))
        self.error_messages.update(min_value=said, max_value=said)
