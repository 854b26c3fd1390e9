from typing import Any

from django import forms

from awards.models import Grantee


class AcceptForm(forms.Form):
    """The Grantee's signature to an Award Letter, and to the Master Agreement where it is not signed yet."""

    signed_name = forms.CharField(
        label="Your full name",
        max_length=200,
        help_text="Typed as your signature.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    understood = forms.BooleanField(label="I have read the Award Letter and the Master Agreement, and I accept both.")

    def __init__(self, *args: Any, grantee: Grantee, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._name = grantee.name

    def clean_signed_name(self) -> str:
        signed: str = self.cleaned_data["signed_name"]
        if signed.split() != self._name.split() and signed.casefold().split() != self._name.casefold().split():
            raise forms.ValidationError(f"Type your name as it stands on the letter: {self._name}.")
        return signed


class DeclineForm(forms.Form):
    reason = forms.CharField(
        label="Why you decline",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The Committee reads this.",
    )
