"""More than a hundred services through Apprise (https://github.com/caronc/apprise), none of which opens a connection.

Apprise's plug-ins call with `requests`. Theirs is replaced by one whose every request is made by `touchline.outgoing`,
so that addresses are checked as everywhere else. Plug-ins that speak otherwise (mail, MQTT, a shell, the desktop) are
not offered; and while one is at work, whatever connects, starts a program or opens a file past ours is refused
(`_watcher`). That is a net, no cage: it sees what Python itself does in the thread that delivers, so that a slip of a
plug-in, or an address that makes it read a file, is caught. Code that means harm, or calls the system past Python, is
not; which plug-ins there are is decided by the version of Apprise that was installed.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import types
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from touchline.errors import OutgoingFailed, OutgoingRefused
from touchline.outgoing import Answer, Client
from touchline.server.outbox import schedule
from touchline.server.outbox.channels.base import SECONDS, Channel, Field, Given, GivenWrong, Letter, Outcome, Ties
from touchline.server.outbox.channels.words import words_of
from touchline.words import phrase

if TYPE_CHECKING:
    import requests

FIELDS = (Field("url", "Apprise URL", secret=True, help="as discord://ID/TOKEN; see the Apprise wiki"),)
#: What a plug-in that calls past `requests` uses.
_OTHERS: Final = frozenset(
    ("asyncio", "smtplib", "socket", "subprocess", "syslog", "threading", "telnetlib", "paho", "mqtt", "slixmpp",
     "socketserver", "websocket", "ctypes", "multiprocessing", "http", "urllib3", "aiohttp", "httpx", "ftplib")
)  # fmt: skip
_EVENTS: Final = frozenset(
    ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname",
     "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty")
)  # fmt: skip
_PYTHON: Final = tuple({os.path.realpath(root) + os.sep for root in (sys.prefix, sys.base_prefix)})
_here = threading.local()
_setting_up = threading.Lock()


class _Work:
    """What one try goes through, and what came of its last request."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.ours = False
        self.status: int | None = None
        self.answer: Answer | None = None
        self.failure = ""


def _watcher() -> Callable[[str, tuple[object, ...]], None]:
    """Return what looks at everything that Python does, and refuses what a plug-in that is at work may not do.

    It cannot be taken away again, and is called to the very end of the process, when the names of this module are gone
    already: so it holds all that it needs, and looks first whether this thread delivers at all.
    """
    here, events, python, refused = _here, _EVENTS, _PYTHON, OutgoingRefused
    decoded, real, paths = os.fsdecode, os.path.realpath, (str, bytes, os.PathLike)

    def watch(event: str, args: tuple[object, ...]) -> None:
        work: _Work | None = getattr(here, "work", None)
        if work is None or work.ours or (event != "open" and event not in events):
            return
        if event == "open":  # a module, or a library's data, is let through: anything else may be a secret
            name = decoded(args[0]) if isinstance(args[0], paths) else ""
            if not name or real(name).startswith(python):
                return
        what = "to open a file" if event == "open" else event
        work.failure = f"the plug-in tried {what}, which is not let through"
        raise refused(work.failure)

    return watch


def _sent(request: requests.PreparedRequest) -> requests.Response:
    """Make a request of a plug-in's as our own."""
    import requests

    work: _Work | None = getattr(_here, "work", None)
    if work is None:
        raise requests.ConnectionError("nothing is sent outside of a delivery")
    body = request.body or b""
    if isinstance(body, str):
        body = body.encode()
    if not isinstance(body, bytes):
        raise requests.ConnectionError("a file is not sent")
    work.ours = True
    try:
        answer = work.client.send(
            str(request.method),
            str(request.url),
            body=body,
            headers={name: str(value) for name, value in request.headers.items()},
            seconds=SECONDS,
        )
    except (OutgoingFailed, OutgoingRefused, ValueError) as error:
        work.failure, work.status = str(error), None
        raise requests.ConnectionError(str(error), request=request) from None
    finally:
        work.ours = False
    work.status, work.answer = answer.status, answer
    made = requests.Response()
    made.status_code = answer.status
    made.headers = requests.structures.CaseInsensitiveDict(answer.headers)
    made._content = answer.body
    made.url, made.request = str(request.url), request
    made.encoding = requests.utils.get_encoding_from_headers(made.headers)
    return made


def _calling() -> types.ModuleType:
    """Return a `requests` that calls through us; it follows nothing."""
    import requests
    from requests.adapters import BaseAdapter

    class Adapter(BaseAdapter):
        def send(self, request: requests.PreparedRequest, *_args: Any, **_more: Any) -> requests.Response:
            return _sent(request)

        def close(self) -> None:
            """Nothing is held."""

    class Session(requests.Session):
        def __init__(self) -> None:
            super().__init__()
            self.trust_env = False
            self.adapters.clear()
            self.mount("https://", Adapter())
            self.mount("http://", Adapter())

        def request(self, *args: Any, **more: Any) -> requests.Response:
            return super().request(*args, **{**more, "allow_redirects": False})

        def send(self, *args: Any, **more: Any) -> requests.Response:
            return super().send(*args, **{**more, "allow_redirects": False})

    def by(method: str) -> Callable[..., requests.Response]:
        def call(url: str, *args: Any, **more: Any) -> requests.Response:
            if args:
                more["params" if method in ("GET", "HEAD", "OPTIONS") else "data"] = args[0]
            with Session() as session:
                return session.request(method, url, **more)

        return call

    def request(method: str, url: str, **more: Any) -> requests.Response:
        return by(method.upper())(url, **more)

    made = types.ModuleType("requests")
    made.__dict__.update(requests.__dict__)
    named = {name: by(name.upper()) for name in ("get", "head", "options", "post", "put", "patch", "delete")}
    made.__dict__.update(named, request=request, Session=Session, session=Session)
    return made


@cache
def _apprise() -> Any:
    """Return Apprise, with every `requests` in it replaced."""
    with _setting_up:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of what its plug-ins import
            import apprise
            import requests
            from apprise.manager_plugins import NotificationManager

            manager: Any = NotificationManager
            list(manager().schemas())  # loads all of them
        ours = _calling()
        for name, module in list(sys.modules.items()):
            if name.split(".")[0] == "apprise" and getattr(module, "requests", None) is requests:
                module.requests = ours  # type: ignore[attr-defined]
        sys.addaudithook(_watcher())
        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it would log addresses, which hold secrets
        return apprise


def _modules(plugin: type) -> list[types.ModuleType]:
    found = {sys.modules[one.__module__] for one in plugin.__mro__ if one.__module__.startswith("apprise.plugins.")}
    names = {module.__name__ for module in found} - {"apprise.plugins.base"}
    packages = {name for name in names if hasattr(sys.modules[name], "__path__")}
    packages |= {name.rpartition(".")[0] for name in names} - {"apprise.plugins"}
    inside = {
        module for name, module in sys.modules.items() if any(name.startswith(f"{package}.") for package in packages)
    }
    return [module for module in found | inside if module.__name__ != "apprise.plugins.base"]


def _calls_through_us(plugin: type) -> bool:
    modules = _modules(plugin)
    names = {name for module in modules for name, value in vars(module).items() if isinstance(value, types.ModuleType)}
    origins = {
        str(getattr(value, "__module__", "")).split(".")[0] for module in modules for value in vars(module).values()
    }
    return "requests" in names and not (names | origins) & _OTHERS


@cache
def schemes() -> dict[str, str]:
    """Return the schemes that are offered, and what each service is called."""
    _apprise()
    from apprise.manager_plugins import NotificationManager

    named: Any = NotificationManager
    manager = named()
    found = {}
    for scheme in manager.schemas(include_disabled=False):
        plugin = manager[scheme]
        if _calls_through_us(plugin):
            found[scheme] = str(plugin.service_name)
    return dict(sorted(found.items()))


def _instance(url: str) -> Any:
    scheme = url.partition("://")[0].lower()
    if not url.isprintable() or "://" not in url:
        raise GivenWrong(phrase("this is no Apprise URL"), where="url", todo=phrase("write it as service://..."))
    if scheme not in schemes():
        raise GivenWrong(
            phrase("{scheme}:// is not offered", scheme=str(scheme)), where="url",
            todo=phrase('use a service that Apprise calls over HTTPS; docs/outbox.md lists them'),
        )  # fmt: skip
    from apprise import Apprise, AppriseAsset

    asset = AppriseAsset(storage_mode="memory", secure_logging=True, async_mode=False)
    made = Apprise.instantiate(url, asset=asset)
    if made is None:
        raise GivenWrong(
            phrase("Apprise cannot read this {scheme}:// URL", scheme=str(scheme)),
            where="url",
            todo=phrase("look it up in its wiki"),
        )
    return made


def shown(given: Given) -> str:
    """Check the URL, and return the name of its service."""
    made = _instance(str(given.get("url", "")))
    return f"{made.service_name} ({str(given['url']).partition('://')[0].lower()}://…)"


@contextlib.contextmanager
def _at_work(client: Client) -> Iterator[_Work]:
    work = _Work(client)
    _here.work = work
    try:
        yield work
    finally:
        _here.work = None


def send(given: Given, letter: Letter, client: Client, _ties: Ties) -> Outcome:
    """Have Apprise tell a letter."""
    made, words = _instance(str(given["url"])), words_of(letter)
    from apprise import NotifyFormat, NotifyType

    kinds = {"urgent": NotifyType.FAILURE, "high": NotifyType.WARNING}
    with _at_work(client) as work:
        try:
            good = made.notify(
                title=words.title, body=words.plain or words.title, body_format=NotifyFormat.TEXT,
                notify_type=kinds.get(words.priority, NotifyType.INFO),
            )  # fmt: skip
        except (OutgoingRefused, OSError, TypeError, ValueError, KeyError) as error:  # of one of 100 plug-ins
            return Outcome(False, work.failure or f"the plug-in failed: {type(error).__name__}", work.status)
    if good and work.answer is not None:
        return Outcome(True, f"delivered ({work.status})", work.status)
    if work.answer is not None and not work.failure:
        asked = schedule.asked(work.answer.headers.get("retry-after", ""))
        wait = asked if work.status in (429, 503) else None
        return Outcome(False, f"it answered {work.status}", work.status, wait, gone=work.status == 410)
    return Outcome(False, work.failure or "the plug-in sent nothing")


CHANNEL = Channel(
    "apprise", "Another service", FIELDS, shown, send,
    about="Discord, Telegram, PagerDuty, Twilio and more than a hundred others, by way of Apprise.",
)  # fmt: skip
