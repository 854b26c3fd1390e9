"""The forms of notices on paper and by phone, of settlements, and of withholding."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms

from awards.admin.forms import DayInput, NewYorkInput, found, lines
from awards.agreement.acting import Capacity
from awards.models import Award, Representative
from awards.options_field import MOST_OPTIONS, OptionsField
from awards.templatetags.figures import exact, money
from exercises.models import ExerciseNotice, Settlement, WithholdingLine, WithholdingRate

Channel = ExerciseNotice.Channel
TakenFrom = WithholdingLine.TakenFrom


class PaperNoticeForm(forms.Form):
    award = forms.ModelChoiceField(Award.objects.approved(), widget=found(ExerciseNotice, "award"))
    options = OptionsField(label="OSOs", max_value=MOST_OPTIONS)
    channel = forms.ChoiceField(
        label="How it came", choices=[(value, label) for value, label in Channel.choices if value != Channel.WEB]
    )
    received_at = forms.DateTimeField(
        label="Received at",
        widget=NewYorkInput,
        help_text="When the Company actually received it, New York time. The Exercise Date follows from it (§2.5).",
    )
    capacity = forms.ChoiceField(label="Given as", choices=ExerciseNotice.CAPACITIES)
    representative = forms.ModelChoiceField(
        Representative.objects.approved(),
        required=False,
        widget=found(ExerciseNotice, "representative"),
        help_text="For every capacity but the Grantee's: the appointment on record.",
    )
    evidence = lines("Evidence", "Where the paper is kept, or who took the call.")
    insists = forms.BooleanField(
        label="The Grantee insists, though it pays nothing",
        required=False,
        help_text="An exercise that pays nothing cancels the OSOs all the same (I8).",
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = self.cleaned_data
        is_own = given.get("capacity") == Capacity.GRANTEE.value
        if "capacity" in given and "representative" in given and is_own == bool(given["representative"]):
            self.add_error("representative", "Who acts for another is named, and the Grantee acts for nobody.")
        return given


class ChooseSettlementForm(forms.Form):
    form_of = forms.ChoiceField(
        label="Pay in",
        choices=[("cash", "Cash"), ("stock", "Stock, the fraction of a share in cash"), ("mix", "A mix")],
        widget=forms.RadioSelect,
    )
    stock_portion = forms.DecimalField(
        label="Stock portion",
        max_digits=20,
        decimal_places=2,
        min_value=Decimal("0.01"),
        required=False,
        help_text="For a mix: how many dollars of the Exercise Consideration are paid in Stock.",
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = self.cleaned_data
        is_mix = given.get("form_of") == "mix"
        if is_mix and "stock_portion" in given and given["stock_portion"] is None:
            self.add_error("stock_portion", "Say how much of a mix is paid in Stock.")
        if not is_mix and given.get("stock_portion"):
            self.add_error("stock_portion", "Only a mix has a Stock portion of its own.")
        return given


class ProvideWithholdingForm(forms.Form):
    """For each rate in force, whence its amount is taken."""

    def __init__(self, *args: Any, rates: Sequence[WithholdingRate], settlement: Settlement | None, **given: Any):
        super().__init__(*args, **given)
        for rate in rates if settlement else ():
            self.fields[f"rate_{rate.pk}"] = _whence(rate, settlement)  # type: ignore[arg-type]


def _whence(rate: WithholdingRate, settlement: Settlement) -> forms.ChoiceField:
    base = settlement.pricing.consideration
    return forms.ChoiceField(
        label=f"{rate.jurisdiction} {rate.tax}",
        choices=TakenFrom.choices,
        initial=TakenFrom.CASH,
        help_text=f"{exact(rate.rate_percent)} % of {money(base)} is {money(rate.of(base))}. Source: {rate.source}.",
    )


class PaymentForm(forms.Form):
    reference = forms.CharField(label="Payment reference", max_length=120, help_text="Of the wire, cheque or delivery.")


class WithholdingRateForm(forms.ModelForm):
    class Meta:
        model = WithholdingRate
        fields = ("jurisdiction", "tax", "rate_percent", "effective_from", "source")
        widgets = {"effective_from": DayInput}


def received_now(now: datetime) -> datetime:
    """What the form of a notice begins with."""
    return now.replace(microsecond=0)
