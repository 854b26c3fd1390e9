"""What the rules, the ledger and a message say, in the reader's language."""

from django import template

from awards import vocabulary, worksheet_states

register = template.Library()
register.filter("told", vocabulary.told)
register.filter("states", worksheet_states.states)
