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
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from touchline.errors import TouchlineError
from touchline.server.people import links
from touchline.server.people.access import needs, person, problem
from touchline.server.people.audit import address_of
from touchline.server.people.models import Link, User
from touchline.server.people.views.forms import JoinForm, PasswordForm, SetUpForm


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
        return _gone(request, "restart the server: it prints a new one while there is no administrator")
    form = SetUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            user = links.set_up(link, said["email"], said["name"], said["password"], ip=address_of(request))
        except TouchlineError as error:
            form.add_error(None, str(error))
        else:
            return _enter(request, user)
    return _form(
        request, form, "Set Touchline up", "You become the administrator of this server.", "Create the account"
    )


@needs("public")
@unlogged
@never_cache
@sensitive_post_parameters("password")
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Take an invitation up."""
    link = links.find("invitation", token)
    if link is None or link.workspace is None:
        return _gone(request, "ask the one who invited you for a new link")
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
            form.add_error(None, str(error))
        else:
            return _enter(request, made)
    lead = f"You were invited as {link.role}. You will log in as {link.email}."
    return _form(request, form, f"Join {link.workspace.name}", lead, "Join", username=link.email)


def _join_as(request: HttpRequest, link: Link, user: User) -> HttpResponse:
    if user.email != link.email:
        return problem(request, 403, "the invitation is for somebody else", todo="log out, then open the link again")
    if request.method == "POST":
        try:
            links.join(link, user, ip=address_of(request))
        except TouchlineError as error:
            return problem(request, 409, error.what, todo=error.todo)
        return HttpResponseRedirect("/")
    workspace = link.workspace.name if link.workspace else ""
    return _form(
        request, None, f"Join {workspace}", f"You are logged in as {user.email}, and become {link.role}.", "Join"
    )


@needs("public")
@unlogged
@never_cache
@sensitive_post_parameters("password")
def reset(request: HttpRequest, token: str) -> HttpResponse:
    """Choose a new password."""
    link = links.find("reset", token)
    if link is None:
        return _gone(request, "ask an administrator for a new link")
    form = PasswordForm(request.POST or None, person=User.objects.filter(email=link.email).first())
    if request.method == "POST" and form.is_valid():
        try:
            links.reset(link, form.cleaned_data["password"], ip=address_of(request))
        except TouchlineError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Your password is changed. Log in with it.")
            return HttpResponseRedirect(reverse("account_login"))
    lead = f"For {link.email}. It ends all sessions that are open."
    return _form(request, form, "Choose a new password", lead, "Change the password", username=link.email)


def _form(request: HttpRequest, form: Any, heading: str, lead: str, act: str, username: str = "") -> HttpResponse:
    context = {"form": form, "heading": heading, "lead": lead, "act": act, "username": username}
    return render(request, "people/enter.html", context, status=400 if form is not None and form.errors else 200)


def _gone(request: HttpRequest, todo: str) -> HttpResponse:
    return problem(request, 404, "this link was used, has expired, or never was", todo=todo)


def _enter(request: HttpRequest, user: User) -> HttpResponse:
    get_adapter(request).login(request, user)
    return HttpResponseRedirect("/")
