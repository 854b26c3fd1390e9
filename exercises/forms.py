from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from awards.options_field import MOST_OPTIONS, OptionsField
from awards.queries import Holding
from awards.templatetags.figures import day as in_words
from awards.templatetags.figures import options as in_figures
from exercises.actions.reviewed import Reviewed
from exercises.verification import MOST_BYTES

WAITS = "waits"
MAY_BE_NOTHING = _(
    "I understand that this notice cannot be taken back, and that what it pays is not known yet and may be nothing."
)


class EnterForm(forms.Form):
    """How many OSOs. The actions decide what is allowed; this only reads a whole number up to the exercisable one.

    The key is born here and stands in the review's address, so that coming back to the review is coming back to it.
    """

    form_key = forms.UUIDField(widget=forms.HiddenInput)

    options = OptionsField(label=_("How many options"))

    def __init__(self, *args: Any, holding: Holding, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("form_key", uuid4())
        most = {"number": holding.award.number, "most": in_figures(holding.exercisable)}
        field: Any = self.fields["options"]
        limits = ngettext(
            "%(number)s has %(most)s option that can be exercised; enter 1.",
            "%(number)s has %(most)s options that can be exercised; enter a number from 1 to %(most)s.",
            holding.exercisable,
        )
        field.limit_to(holding.exercisable, limits % most)


class ConfirmForm(forms.Form):
    """What the review page showed, given back with the form's own key: one form, one exercise."""

    form_key = forms.UUIDField(widget=forms.HiddenInput)
    options = OptionsField(max_value=MOST_OPTIONS, widget=forms.HiddenInput)
    exercise_date = forms.DateField(widget=forms.HiddenInput)
    consideration = forms.CharField(max_length=40, widget=forms.HiddenInput)
    understood = forms.BooleanField(
        label=_("I understand that this notice cannot be taken back."),
        error_messages={"required": _("Tick the box to say that you understand: a notice cannot be taken back.")},
    )
    # Asked for where the exercise waits, and would pay nothing on the closes that are known.
    knows = forms.BooleanField(required=False)

    @classmethod
    def of_review(
        cls, *, form_key: UUID, options: int, exercise_date: date, consideration: Decimal | None
    ) -> "ConfirmForm":
        """The unbound form of a review page. Without a consideration it says that the amount waits."""
        shown = WAITS if consideration is None else f"{consideration:f}"
        return cls(
            initial={
                "form_key": form_key,
                "options": options,
                "exercise_date": exercise_date.isoformat(),
                "consideration": shown,
            }
        )

    def show(self, *, waits: bool, nothing_on: date | None) -> None:
        """Ask what the review page has to ask, of an exercise that waits and of one that may well pay nothing."""
        # A form that was validated has made its fields for the page already: those are what is shown.
        if waits:
            self["understood"].label = MAY_BE_NOTHING
        if nothing_on is None:
            del self.fields["knows"]
            return
        said = gettext("I know that it may pay nothing; on the closes of %(day)s it would.")
        self["knows"].label = said % {"day": in_words(nothing_on)}
        self.fields["knows"].required = True

    @property
    def waits_unknowing(self) -> bool:
        """Whether the amount waits, and the giver has not said to know that it may be nothing."""
        return self.cleaned_data["consideration"] is None and not self.cleaned_data["knows"]

    def refuse_unknowing(self) -> None:
        self.add_error("knows", gettext("Tick the box to say that you know: it may pay nothing."))

    def clean_consideration(self) -> Decimal | None:
        shown: str = self.cleaned_data["consideration"]
        if shown == WAITS:
            return None
        try:
            return Decimal(shown)
        except InvalidOperation as error:
            raise ValidationError(_("This is not the amount that was shown.")) from error

    def reviewed(self) -> Reviewed:
        return Reviewed(self.cleaned_data["exercise_date"], self.cleaned_data["consideration"])


class PeriodForm(forms.Form):
    """The days of a statement, both included."""

    from_on = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    to_on = forms.DateField(
        label=_("To, this day included"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class BundleForm(forms.Form):
    """A statement's file, as it was downloaded."""

    bundle = forms.FileField(
        label=_("The statement's file"),
        help_text=_("The JSON file that came with a statement. It is read, not kept."),
        widget=forms.ClearableFileInput(attrs={"accept": "application/json,.json"}),
    )

    def clean_bundle(self) -> Any:
        file = self.cleaned_data["bundle"]
        if file.size > MOST_BYTES:
            raise ValidationError(_("It is larger than any statement."))
        return file
