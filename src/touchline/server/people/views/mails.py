"""Which mails somebody wants."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from touchline.server.people.access import needs, person
from touchline.server.people.mails import choose


@needs("signed-in")
@require_POST
def mails(request: HttpRequest) -> HttpResponse:
    """Keep which mails somebody wants."""
    user = person(request)
    if user is not None:
        choose(user, request.POST.getlist("mail"))
        messages.success(request, _("It is kept which mails you want."))
    return HttpResponseRedirect("/account#mails")
