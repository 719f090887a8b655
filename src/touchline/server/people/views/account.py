"""One's own account: name, password, second factor, sessions, workspaces."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from touchline.errors import Missing
from touchline.server.people.access import needs, person
from touchline.server.people.devices import alive, end, end_others
from touchline.server.people.mails import choices
from touchline.server.people.models import Membership, User
from touchline.server.people.views.forms import NameForm
from touchline.words import phrase


def _user(request: HttpRequest) -> User:
    user = person(request)
    if user is None:
        raise Missing(phrase("nobody is logged in"))
    return user


@needs("public")
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Lead to the first page that one may see."""
    return HttpResponseRedirect("/account" if person(request) else reverse("account_login"))


@needs("signed-in")
@require_safe
@never_cache
def account(request: HttpRequest) -> HttpResponse:
    """Show the account."""
    user = _user(request)
    factors = {one.type: one for one in Authenticator.objects.filter(user=user)}
    codes = factors.get(Authenticator.Type.RECOVERY_CODES)
    context = {
        "form": NameForm(initial={"name": user.name}),
        "memberships": Membership.objects.select_related("workspace").filter(user=user),
        "second_factor": factors.get(Authenticator.Type.TOTP),
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "organisations": SocialAccount.objects.filter(user=user),
        "sessions": alive(user, request),
        "mails": choices(user) if settings.EMAIL_HOST else [],
    }
    return render(request, "people/account.html", context)


@needs("signed-in")
@require_POST
def rename(request: HttpRequest) -> HttpResponse:
    """Change one's name."""
    form = NameForm(request.POST)
    if form.is_valid():
        user = _user(request)
        user.name = form.cleaned_data["name"]
        user.save(update_fields=["name"])
        messages.success(request, _("Your name is changed."))
    return HttpResponseRedirect("/account")


@needs("signed-in")
@require_POST
def end_session(request: HttpRequest, number: str) -> HttpResponse:
    """Log another device out."""
    try:
        end(_user(request), number, request)
    except Missing:
        messages.warning(request, _("That session has ended already."))
    else:
        messages.success(request, _("The device is logged out."))
    return HttpResponseRedirect("/account")


@needs("signed-in")
@require_POST
def end_all_others(request: HttpRequest) -> HttpResponse:
    """Log all other devices out."""
    count = end_others(_user(request), request)
    told = ngettext("%(n)d other device is logged out.", "%(n)d other devices are logged out.", count)
    messages.success(request, told % {"n": count})
    return HttpResponseRedirect("/account")


@needs("signed-in")
@require_safe
def to_account(_request: HttpRequest) -> HttpResponse:
    """Lead to the account's page."""
    return HttpResponseRedirect("/account")
