"""What the rules, the ledger and a message say, in the reader's language."""

from django import template

from awards import vocabulary

register = template.Library()
register.filter("told", vocabulary.told)
