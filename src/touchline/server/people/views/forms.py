"""What people fill in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from touchline.server.people.models import User
from touchline.server.people.roles import ROLES, SCOPE_WORDS

#: What each role is for, in a few words.
ROLE_WORDS = {
    "viewer": gettext_lazy("Viewer: reads"),
    "analyst": gettext_lazy("Analyst: reads, takes data out"),
    "agent": gettext_lazy("Agent: reads, works on cases"),
    "manager": gettext_lazy("Manager: reads, cases, data in and out"),
    "admin": gettext_lazy("Admin: everything, and people and keys"),
}
#: How long a key may be good.
DAYS = {
    "90": gettext_lazy("90 days"),
    "365": gettext_lazy("1 year"),
    "30": gettext_lazy("30 days"),
    "7": gettext_lazy("7 days"),
    "": gettext_lazy("for ever"),
}


class PasswordForm(forms.Form):
    """A new password."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        help_text=gettext_lazy("12 characters or more; a sentence is good"),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, person: User | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.person = person

    def about(self) -> User:
        """Return whose password it is, so that it is not their own name."""
        return self.person or User(
            email=str(self.cleaned_data.get("email", "")), name=str(self.cleaned_data.get("name", ""))
        )

    def clean(self) -> dict[str, Any]:
        """Look at the password."""
        found = super().clean() or self.cleaned_data
        if password := found.get("password"):
            try:
                validate_password(password, self.about())
            except ValidationError as error:
                self.add_error("password", error)
        return found


class JoinForm(PasswordForm):
    """A new account for an address that was invited."""

    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )
    field_order = ("name", "email", "password")


class SetUpForm(JoinForm):
    """The first administrator."""

    email = forms.EmailField(label=gettext_lazy("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "username"}))


class NameForm(forms.Form):
    """What others call somebody."""

    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )


class InviteForm(forms.Form):
    """Whom to invite, and what they become."""

    email = forms.EmailField(label=gettext_lazy("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=[(role, ROLE_WORDS[role]) for role in ROLES])
    segments = forms.CharField(
        label=gettext_lazy("Only these segments"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("Viewers only: region=emea, tier=vip"),
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("all customers"), "autocomplete": "off"}),
    )


class MemberForm(forms.Form):
    """What somebody is in a workspace."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=[(role, ROLE_WORDS[role]) for role in ROLES])
    segments = forms.CharField(label=gettext_lazy("Only these segments"), required=False, max_length=2000)


class KeyForm(forms.Form):
    """A new API key."""

    name = forms.CharField(
        label=gettext_lazy("What is it for?"),
        max_length=100,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("Zendesk export"), "autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("It may"),
        choices=list(SCOPE_WORDS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.ChoiceField(label=gettext_lazy("Good for"), choices=list(DAYS.items()), required=False)
    segments = forms.CharField(
        label=gettext_lazy("Only these segments"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("Keys that only ask questions: region=emea"),
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("all customers"), "autocomplete": "off"}),
    )
