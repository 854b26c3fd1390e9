"""What the rules, the ledger and a message say, in the reader's language."""

from django import template

from awards import not_exercisable, vocabulary, worksheet_states

register = template.Library()
register.filter("told", vocabulary.told)
register.filter("states", worksheet_states.states)
register.filter("why_not_exercisable", not_exercisable.why_not_exercisable)
