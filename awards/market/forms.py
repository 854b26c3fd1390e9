"""Forms of the Market pages of the admin. What is wrong with a file or a decision is said by what records it."""

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget

from awards.market.models import HeldClose, Series, TradingDayOverride
from awards.market.overrides import closes_in_the_way


class UploadClosesForm(forms.Form):
    series = forms.ChoiceField(choices=Series.choices)
    file = forms.FileField(help_text="CSV with the header date,close and dates like 2005-07-01. All of it or nothing.")


class ProposeDecisionForm(forms.Form):
    outcome = forms.ChoiceField(
        label="Decision",
        choices=[
            (HeldClose.Outcome.ACCEPTED, "Accept: it becomes the recorded close of that day"),
            (HeldClose.Outcome.REJECTED, "Reject: nothing is recorded"),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), help_text="On what evidence.")


class ProposeCloseForm(forms.Form):
    series = forms.ChoiceField(choices=Series.choices)
    trading_day = forms.DateField(label="Trading Day", widget=AdminDateWidget)
    close = forms.DecimalField(max_digits=15, decimal_places=6, help_text="US dollars, or index points, as traded.")
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), help_text="On what evidence.")


class OverrideForm(forms.ModelForm):
    despite_closes = forms.BooleanField(
        label="There was no trading, although closes are recorded",
        required=False,
        help_text="Only for a day that has closes: a source repeated the last one.",
    )

    class Meta:
        model = TradingDayOverride
        fields = ("day", "kind", "closes_at", "reason")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("day") and cleaned.get("kind") and not cleaned.get("despite_closes"):
            override = TradingDayOverride(day=cleaned["day"], kind=cleaned["kind"])
            refusal = closes_in_the_way(override)
            if refusal:
                self.add_error("despite_closes", refusal)
        return cleaned
