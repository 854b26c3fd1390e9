from datetime import date
from decimal import Decimal

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from awards.agreement.withholding import withholding_amount
from awards.models.constraints import all_or_none, jurisdiction_known, only_after, two_people
from awards.models.decision import who
from exercises.models.notice import Pricing


class WithholdingRateQuerySet(models.QuerySet["WithholdingRate"]):
    def in_force(self, jurisdictions: tuple[str, ...], on: date) -> list["WithholdingRate"]:
        """For each tax of those jurisdictions, the rate last made effective on or before that day."""
        newest: dict[tuple[str, str], WithholdingRate] = {}
        for rate in self.filter(jurisdiction__in=jurisdictions, effective_from__lte=on).order_by("effective_from"):
            newest[rate.jurisdiction, rate.tax] = rate
        return sorted(newest.values(), key=lambda rate: (rate.jurisdiction, rate.tax))


class WithholdingRate(models.Model):
    """A rate of withholding, as data: for whom, from when, and from which source (§9.5). A change is a later row."""

    jurisdiction = models.CharField(max_length=12, help_text="A country, or a country and state: US, US-CO.")
    tax = models.CharField(max_length=80)
    rate_percent = models.DecimalField("rate (%)", max_digits=8, decimal_places=4)
    effective_from = models.DateField()
    source = models.CharField(max_length=300, help_text="The statute, circular or notice the rate is from.")
    recorded_by = who()
    recorded_at = models.DateTimeField(editable=False)

    objects = WithholdingRateQuerySet.as_manager()

    class Meta:
        ordering = ["jurisdiction", "tax", "effective_from"]
        constraints = [
            jurisdiction_known("withholdingrate", may_be_empty=False),
            UniqueConstraint(
                fields=["jurisdiction", "tax", "effective_from"],
                name="withholdingrate_once_a_day",
                violation_error_message="This tax has a rate from that day already.",
            ),
            CheckConstraint(
                condition=Q(rate_percent__gte=0, rate_percent__lte=100),
                name="withholdingrate_is_a_percentage",
                violation_error_message="A rate is between 0 and 100 per cent.",
            ),
            CheckConstraint(
                condition=~Q(source=""),
                name="withholdingrate_has_a_source",
                violation_error_message="Say where the rate is from.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.jurisdiction} {self.tax} {self.rate_percent} % from {self.effective_from}"

    def of(self, taxable: Decimal) -> Decimal:
        """What this tax withholds of `taxable` dollars, to the cent (§9.5)."""
        return withholding_amount(taxable=taxable, rate=self.rate_percent / 100)


class SettlementQuerySet(models.QuerySet["Settlement"]):
    def live(self) -> "SettlementQuerySet":
        return self.filter(withdrawn_at__isnull=True)


class Settlement(models.Model):
    """How one exercise is paid: form chosen → withholding provided → approved by another → paid (§2.6, §9.5)."""

    pricing = models.ForeignKey(Pricing, models.PROTECT, related_name="settlements")
    stock_portion = models.DecimalField(
        max_digits=20, decimal_places=2, help_text="The part of the Exercise Consideration that is paid in Stock."
    )
    shares = models.PositiveIntegerField(help_text="Whole shares of that portion (I12).")
    cash = models.DecimalField(max_digits=20, decimal_places=2, help_text="The rest, the fraction of a share included.")
    chosen_by = who()
    chosen_at = models.DateTimeField()

    cash_withheld = models.DecimalField(max_digits=20, decimal_places=2, default=Decimal(0))
    shares_withheld = models.PositiveIntegerField(default=0)
    paid_in = models.DecimalField(
        max_digits=20, decimal_places=2, default=Decimal(0), help_text="Withholding that the Grantee paid in."
    )
    net_cash = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    net_shares = models.PositiveIntegerField(null=True)
    provided_by = who(null=True)
    provided_at = models.DateTimeField(null=True)

    approved_by = who(null=True)
    approved_at = models.DateTimeField(null=True)
    paid_by = who(null=True)
    paid_at = models.DateTimeField(null=True)
    payment_reference = models.CharField(max_length=120, blank=True)
    withdrawn_by = who(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawal_reason = models.TextField(blank=True)

    objects = SettlementQuerySet.as_manager()

    class Meta:
        ordering = ["-chosen_at", "-pk"]
        constraints = [
            UniqueConstraint(
                fields=["pricing"],
                condition=Q(withdrawn_at__isnull=True),
                name="settlement_one_live",
                violation_error_message="This exercise has its settlement already.",
            ),
            CheckConstraint(
                condition=Q(stock_portion__gte=0, cash__gte=0, cash_withheld__gte=0, paid_in__gte=0),
                name="settlement_amounts_not_negative",
                violation_error_message="No part of a settlement is below zero.",
            ),
            CheckConstraint(
                condition=Q(net_cash__isnull=True, net_shares__isnull=True, provided_at__isnull=True)
                | Q(net_cash__isnull=False, net_cash__gte=0, provided_at__isnull=False)
                & Q(net_shares__isnull=False, net_shares__gte=0),
                name="settlement_net_when_provided",
                violation_error_message=(
                    "What is paid net is known once withholding is provided for, and not below zero."
                ),
            ),
            all_or_none("settlement", "provided_by", "provided_at"),
            all_or_none("settlement", "approved_by", "approved_at"),
            all_or_none("settlement", "paid_by", "paid_at"),
            all_or_none("settlement", "withdrawn_by", "withdrawn_at"),
            only_after("settlement", "approved_at", "provided_at"),
            only_after("settlement", "paid_at", "approved_at"),
            two_people("settlement", "chosen_by", "approved_by"),
            CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("provided_by")),
                name="settlement_approver_did_not_provide",
                violation_error_message="The person who provided the withholding cannot also approve the settlement.",
            ),
            CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(approved_at__isnull=True),
                name="settlement_not_withdrawn_once_approved",
                violation_error_message="An approved settlement cannot be withdrawn.",
            ),
            CheckConstraint(
                condition=Q(paid_at__isnull=True) | ~Q(payment_reference=""),
                name="settlement_payment_has_a_reference",
                violation_error_message="Give the payment's reference.",
            ),
        ]
        permissions = [
            ("choose_settlement", "Can choose cash, Stock or a mix"),
            ("provide_withholding", "Can provide for withholding"),
            ("approve_settlement", "Can approve a settlement made by others"),
            ("pay_settlement", "Can record a payment"),
        ]

    def __str__(self) -> str:
        return f"Settlement of {self.pricing.notice}"

    @property
    def state(self) -> str:
        if self.withdrawn_at:
            return "withdrawn"
        if self.paid_at:
            return "paid"
        if self.approved_at:
            return "approved"
        return "provided" if self.provided_at else "chosen"


class WithholdingLine(models.Model):
    """One tax withheld from one settlement, at a rate on record. Written with the provision, never changed."""

    class TakenFrom(models.TextChoices):
        CASH = "cash", "From the cash"
        SHARES = "shares", "From the shares"
        PAID_IN = "paid_in", "Paid in by the Grantee"

    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="withholding")
    rate = models.ForeignKey(WithholdingRate, models.PROTECT, related_name="lines")
    base = models.DecimalField(max_digits=20, decimal_places=2)
    amount = models.DecimalField(max_digits=20, decimal_places=2)
    taken_from = models.CharField(max_length=8, choices=TakenFrom)

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["settlement", "rate"],
                name="withholdingline_once",
                violation_error_message="This tax is withheld already.",
            ),
            CheckConstraint(
                condition=Q(amount__gte=0, base__gte=0),
                name="withholdingline_not_negative",
                violation_error_message="Withholding is not below zero.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rate}: {self.amount}"
