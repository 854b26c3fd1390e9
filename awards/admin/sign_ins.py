"""Django's and allauth's own pages of accounts, whose lists grow with the company as the portal's do."""

# Registered by these modules; awards stands before them among the apps.
import allauth.account.admin
import allauth.mfa.admin
import allauth.usersessions.admin
import django.contrib.auth.admin
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest

from awards.admin.people import by_account
from awards.market.finding import exactly
from awards.market.long_list import LongList

admin.site.unregister([User, EmailAddress, Authenticator, UserSession])


@admin.register(User)
class UserAdmin(LongList, django.contrib.auth.admin.UserAdmin):
    finders = (exactly("username"), by_account("pk"))
    search_help_text = "The beginnings of a name's words, the beginning of an e-mail address, or a username"


@admin.register(EmailAddress)
class EmailAddressAdmin(LongList, allauth.account.admin.EmailAddressAdmin):
    finders = (by_account("user"),)
    list_select_related = ("user",)


@admin.register(Authenticator)
class AuthenticatorAdmin(LongList, allauth.mfa.admin.AuthenticatorAdmin):
    finders = (by_account("user"),)
    list_select_related = ("user",)
    # Which days there are is not asked; the type has few values.
    list_filter = ("type",)


@admin.register(UserSession)
class UserSessionAdmin(LongList, allauth.usersessions.admin.UserSessionAdmin):
    finders = (by_account("user"),)
    list_select_related = ("user",)

    # Only read here: without its row a session would go on, and its owner would no longer see it.
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: UserSession | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: UserSession | None = None) -> bool:
        return False
