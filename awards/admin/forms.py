"""The forms of the Committee's decisions about Awards, Grantees, agreements and adjustments."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.models import User

from awards.models import (
    Award,
    CapitalAdjustment,
    Determination,
    EmploymentFact,
    Grantee,
    MasterAgreement,
    Representative,
)
from awards.options_field import MOST_OPTIONS, OptionsField

LONGEST_KEY = 19
MOST_DOCUMENT_BYTES = 2_000_000


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class NewYorkInput(forms.DateTimeInput):
    """An instant as New York's clocks show it, which is the portal's time zone."""

    input_type = "datetime-local"

    def __init__(self, attrs: Any = None) -> None:
        super().__init__({"step": "1", **(attrs or {})}, format="%Y-%m-%dT%H:%M:%S")


def day(label: str, **given: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=DayInput, **given)


def lines(label: str, help_text: str = "", **given: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3, "cols": 60})
    return forms.CharField(label=label, help_text=help_text, widget=widget, max_length=4000, **given)


class Found(AutocompleteSelect):
    """The admin's own search while one types. It looks its value up again, so what is no key must not get there."""

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        keys = [key for key in map(str, value) if key.isascii() and key.isdigit() and len(key) < LONGEST_KEY]
        return super().optgroups(name, keys, attrs)


def found(model: Any, field: str) -> Found:
    return Found(model._meta.get_field(field), admin.site)


class SignInField(forms.Field):
    """A person, by the e-mail address they sign in with: the desk does not list who has an account."""

    widget = forms.EmailInput

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return User.objects.filter(pk=value).values_list("email", flat=True).first()
        return value

    def to_python(self, value: Any) -> User | None:
        address = forms.EmailField(required=False).clean(value)
        if not address:
            return None
        people = list(User.objects.filter(email__iexact=address, is_active=True)[:2])
        if len(people) != 1:
            raise forms.ValidationError("Nobody signs in with this address.")
        return people[0]

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            person = self.to_python(data)
        except forms.ValidationError:
            return True
        return bool(initial != (person.pk if person else None))


class ProposeAwardForm(forms.Form):
    grantee = forms.ModelChoiceField(Grantee.objects.all(), widget=found(Award, "grantee"))
    master_agreement = forms.ModelChoiceField(MasterAgreement.objects.defer("document"), label="Master Agreement")
    award_date = day("Award Date", help_text="May be a weekend or a holiday.")
    options = OptionsField(label="OSOs", max_value=MOST_OPTIONS)
    initial_price = forms.DecimalField(
        label="Initial Price",
        max_digits=20,
        decimal_places=6,
        min_value=Decimal("0.000001"),
        help_text="Per share, in dollars. The portal proposes the close of the Trading Day before the Award Date.",
    )
    initial_price_reason = lines(
        "Reason for another price",
        "Needed where the Initial Price is not the proposed one: by which deliberate decision, on what grounds.",
        required=False,
    )


class RecordFactForm(forms.Form):
    kind = forms.ChoiceField(label="What happened", choices=EmploymentFact.Kind.choices)
    occurred_on = day("On", help_text="The day it happened. Only a cessation may lie ahead.")
    reason = forms.ChoiceField(
        label="Reason of a cessation",
        choices=[("", "Not a cessation"), *EmploymentFact.Reason.choices],
        required=False,
        help_text="Retirement and Cause are the Committee's determinations: record the cessation, then propose those.",
    )
    employer = forms.CharField(
        label="Moved to", max_length=200, required=False, help_text="For a move: the Company or the Affiliate."
    )
    evidence = lines("Evidence", "What this rests on: a document, a letter, a certificate.")


class EvidenceForm(forms.Form):
    evidence = lines("Evidence", "Why this was wrong, and what says so.")


class ProposeDeterminationForm(forms.Form):
    kind = forms.ChoiceField(label="The Committee determines", choices=Determination.Kind.choices)
    occurred_on = day("Of the day", help_text="The day of the event, not the day of the meeting.")
    limb = forms.ChoiceField(
        label="Limb of §4.3",
        choices=[("", "Not for Cause"), *Determination.Limb.choices],
        required=False,
        help_text="For Cause.",
    )
    evidence = lines("Evidence", "On what the Committee relies.")


class ProposeRepresentativeForm(forms.Form):
    user = SignInField(label="Who", help_text="The e-mail address of their own sign-in. They never get the Grantee's.")
    kind = forms.ChoiceField(label="As", choices=Representative.Kind.choices)
    award = forms.ModelChoiceField(
        Award.objects.none(), required=False, empty_label="Every Award", help_text="A transfer is of one Award."
    )
    from_on = day("From")
    until_on = day("Until (inclusive)", required=False)
    evidence = lines("Evidence", "The court's order, the will, the Committee's written permission.")

    def __init__(self, *args: Any, grantee: Grantee, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["award"].queryset = Award.objects.filter(grantee=grantee)  # type: ignore[attr-defined]


class EndRepresentationForm(forms.Form):
    until_on = day("Last day", help_text="They may act on this day still.")
    reason = lines("Reason")


class ProposeAdjustmentForm(forms.Form):
    effective_on = day("Effective on", help_text=CapitalAdjustment._meta.get_field("effective_on").help_text)
    new = forms.IntegerField(label="New shares", min_value=1, max_value=1_000_000)
    old = forms.IntegerField(
        label="for old ones", min_value=1, max_value=1_000_000, help_text="A 1-for-15 reverse split: 1 for 15."
    )
    description = forms.CharField(max_length=200, help_text="What it is, and the resolution it rests on.")

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = self.cleaned_data
        if "new" in given and given["new"] == given.get("old"):
            self.add_error(None, "New and old shares are at least one each, and differ.")
        return given


TERMS = (
    "shareholders_approved_on", "term_years", "outperform_cap", "multiplier_cap", "averaging_days",
    "death_or_disability_years", "other_cessation_days", "change_in_control_days", "adjusted_price_has_floor",
)  # fmt: skip


class RecordApprovalForm(forms.Form):
    approved_on = day("Approved on", help_text="The day of the shareholders' approval (§3).")


class RecordAgreementForm(forms.ModelForm):
    """The version's document and its terms, which begin as those of the 2005 form."""

    document = forms.FileField(
        help_text="Plain text, PDF or HTML, up to 2 MB. Grantees accept this very file; it cannot be exchanged."
    )

    class Meta:
        model = MasterAgreement
        fields = ("name", "dated_on", *TERMS)
        labels = {
            "term_years": "Term (years)",
            "outperform_cap": "Outperformance at the top (%)",
            "multiplier_cap": "Top Multiplier",
            "averaging_days": "Trading Days averaged",
            "death_or_disability_years": "Years after death or Disability",
            "other_cessation_days": "Days after any other cessation",
            "change_in_control_days": "Days looked back on a Change in Control",
            "adjusted_price_has_floor": "The Adjusted Price is never below the Initial Price",
        }
        widgets = {"dated_on": DayInput, "shareholders_approved_on": DayInput}

    field_order = ("name", "dated_on", "document", *TERMS)

    def clean_document(self) -> Any:
        document = self.cleaned_data["document"]
        if document.size > MOST_DOCUMENT_BYTES:
            raise forms.ValidationError("The document is larger than 2 MB.")
        if not document_type(document.name):
            raise forms.ValidationError("The document is a .txt, .pdf or .html file.")
        return document


def document_type(name: str) -> str:
    """The media type of a document by its file name; empty for one that is not taken."""
    known = {"txt": "text/plain", "pdf": "application/pdf", "html": "text/html"}
    return known.get(name.lower().rpartition(".")[2], "")
