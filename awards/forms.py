from typing import Any, Self
from uuid import uuid4

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from awards.models import Grantee, Preferences
from awards.models.question import LONGEST
from awards.questions import Line


class AcceptForm(forms.Form):
    """The Grantee's signature to an Award Letter, and to the Master Agreement where it is not signed yet."""

    signed_name = forms.CharField(
        label=_("Your full name"),
        max_length=200,
        help_text=_("Typed as your signature."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    understood = forms.BooleanField(
        label=_("I have read the Award Letter and the Master Agreement, and I accept both.")
    )

    def __init__(self, *args: Any, grantee: Grantee, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._name = grantee.name

    def clean_signed_name(self) -> str:
        signed: str = self.cleaned_data["signed_name"]
        if signed.split() != self._name.split() and signed.casefold().split() != self._name.casefold().split():
            raise forms.ValidationError(
                gettext("Type your name as it stands on the letter: %(name)s.") % {"name": self._name}
            )
        return signed


class DeclineForm(forms.Form):
    reason = forms.CharField(
        label=_("Why you decline"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The Committee reads this."),
    )


class PreferencesForm(forms.ModelForm):
    """In which language a person reads, and which e-mail they want, of that which need not be sent."""

    language = forms.ChoiceField(
        label=_("Language"),
        choices=[("", _("As the browser asks")), *settings.LANGUAGES],
        required=False,
        help_text=_("Of the pages and of e-mail."),
    )

    class Meta:
        model = Preferences
        fields = ("language", "mail_lapse_ahead", "mail_vested", "mail_lapsed", "mail_priced", "mail_paid")

    def wanted(self) -> dict[str, bool | str]:
        """What of it can be read: a box that is not ticked is not sent by the browser."""
        self.is_valid()
        return {name: self.cleaned_data[name] for name in self.fields if name in self.cleaned_data}


class CalendarForm(forms.Form):
    with_amounts = forms.BooleanField(
        label=_("Tell numbers of options"),
        required=False,
        help_text=_("Whoever has the address can read them. Without it the calendar tells days alone."),
    )


class QuestionForm(forms.Form):
    """A question's words, with what its writer saw of the line; the action says how long it may be."""

    text = forms.CharField(
        label=_("Your question"),
        help_text=_("Say what you expected. The staff read it, and so does everybody who may see this Award."),
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": LONGEST}),
    )
    seen = forms.CharField(widget=forms.HiddenInput)
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    @classmethod
    def of(cls, line: Line, data: Any = None) -> Self:
        return cls(data, initial={"seen": line.seen, "form_key": uuid4()})

    def looked_again(self, line: Line) -> Self:
        """The same words under the same key, to be sent about the line as it is now."""
        return type(self)(initial={**self.cleaned_data, "seen": line.seen})
