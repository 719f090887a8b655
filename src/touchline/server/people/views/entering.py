"""Coming in by a one-time link: set-up, invitation, new password."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from touchline.errors import TouchlineError
from touchline.server.people import links
from touchline.server.people.access import needs, person, problem
from touchline.server.people.audit import address_of
from touchline.server.people.models import Link, User
from touchline.server.people.views.forms import JoinForm, PasswordForm, SetUpForm
from touchline.words import phrase


def unlogged(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Keep a refusal out of Django's log, which would hold the path, and with it the link's token."""

    @functools.wraps(view)
    def quiet(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = view(request, *args, **kwargs)
        answer._has_been_logged = True  # type: ignore[attr-defined]
        return answer

    return quiet


@needs("public")
@unlogged
@never_cache
@sensitive_post_parameters("password")
def set_up(request: HttpRequest, token: str) -> HttpResponse:
    """Make the first administrator."""
    link = links.find("setup", token)
    if link is None:
        return _gone(request, phrase("restart the server: it prints a new one while there is no administrator"))
    form = SetUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            user = links.set_up(link, said["email"], said["name"], said["password"], ip=address_of(request))
        except TouchlineError as error:
            form.add_error(None, str(error.told))
        else:
            return _enter(request, user)
    lead = _("You become the administrator of this server.")
    return _form(request, form, _("Set Touchline up"), lead, _("Create the account"))


@needs("public")
@unlogged
@never_cache
@sensitive_post_parameters("password")
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Take an invitation up."""
    link = links.find("invitation", token)
    if link is None or link.workspace is None:
        return _gone(request, phrase("ask the one who invited you for a new link"))
    user = person(request)
    known = User.objects.filter(email=link.email).exists()
    if user is None and known:
        return HttpResponseRedirect(f"{reverse('account_login')}?next={request.path}")
    if user is not None:
        return _join_as(request, link, user)
    form = JoinForm(request.POST or None, person=User(email=link.email))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = links.join(link, None, name=said["name"], password=said["password"], ip=address_of(request))
        except TouchlineError as error:
            form.add_error(None, str(error.told))
        else:
            return _enter(request, made)
    told = {"role": link.role_name, "email": link.email}
    lead = _("You were invited as %(role)s. You will log in as %(email)s.") % told
    return _form(request, form, _joining(link), lead, pgettext("workspace", "Join"), username=link.email)


def _joining(link: Link) -> str:
    return _("Join %(workspace)s") % {"workspace": link.workspace.name if link.workspace else ""}


def _join_as(request: HttpRequest, link: Link, user: User) -> HttpResponse:
    if user.email != link.email:
        todo = phrase("log out, then open the link again")
        return problem(request, 403, phrase("the invitation is for somebody else"), todo=todo)
    if request.method == "POST":
        try:
            links.join(link, user, ip=address_of(request))
        except TouchlineError as error:
            return problem(request, 409, error.what, todo=error.todo)
        return HttpResponseRedirect("/")
    lead = _("You are logged in as %(email)s, and become %(role)s.") % {"email": user.email, "role": link.role_name}
    return _form(request, None, _joining(link), lead, pgettext("workspace", "Join"))


@needs("public")
@unlogged
@never_cache
@sensitive_post_parameters("password")
def reset(request: HttpRequest, token: str) -> HttpResponse:
    """Choose a new password."""
    link = links.find("reset", token)
    if link is None:
        return _gone(request, phrase("ask an administrator for a new link"))
    form = PasswordForm(request.POST or None, person=User.objects.filter(email=link.email).first())
    if request.method == "POST" and form.is_valid():
        try:
            links.reset(link, form.cleaned_data["password"], ip=address_of(request))
        except TouchlineError as error:
            form.add_error(None, str(error.told))
        else:
            messages.success(request, _("Your password is changed. Log in with it."))
            return HttpResponseRedirect(reverse("account_login"))
    lead = _("For %(email)s. It ends all sessions that are open.") % {"email": link.email}
    return _form(request, form, _("Choose a new password"), lead, _("Change the password"), username=link.email)


def _form(request: HttpRequest, form: Any, heading: str, lead: str, act: str, username: str = "") -> HttpResponse:
    context = {"form": form, "heading": heading, "lead": lead, "act": act, "username": username}
    return render(request, "people/enter.html", context, status=400 if form is not None and form.errors else 200)


def _gone(request: HttpRequest, todo: str) -> HttpResponse:
    return problem(request, 404, phrase("this link was used, has expired, or never was"), todo=todo)


def _enter(request: HttpRequest, user: User) -> HttpResponse:
    get_adapter(request).login(request, user)
    return HttpResponseRedirect("/")
