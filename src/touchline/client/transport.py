"""One server, spoken to over HTTP: time-outs, trying again, and answers that are errors."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from touchline import errors
from touchline.errors import InputError, QuestionError, TooSlow, TouchlineError, WorkspaceError, WorkspaceMissing

if TYPE_CHECKING:
    import httpx

#: What an answer says of the class of its error.
KIND: Final = "touchline-error"
#: Answers after which asking again may help.
AGAIN: Final = (429, 503)
_MOST_WAIT: Final = 30.0
_BY_STATUS: Final[Mapping[int, type[TouchlineError]]] = {
    400: QuestionError, 404: QuestionError, 405: InputError, 408: TooSlow, 409: WorkspaceError, 413: InputError,
    415: InputError, 422: InputError, 507: errors.NoSpaceLeft,
}  # fmt: skip


class Transport:
    """A server's API.

    Args:
        url: The server's address: ``https://touchline.example``.
        key: An API key.
        workspace: The workspace's slug; the key's own without one.
        seconds: What one answer may take.
        tries: How often something is tried at most.

    Raises:
        InputError: httpx is not installed, or the URL is none.
    """

    def __init__(
        self, url: str, key: str, *, workspace: str = "", seconds: float = 120.0, tries: int = 5, transport: Any = None
    ) -> None:
        try:
            import httpx
        except ImportError as error:
            raise InputError(
                "asking a server needs httpx", todo="install it: pip install 'touchline[client]'"
            ) from error
        if not url.startswith(("http://", "https://")):
            raise InputError(f"{url!r} is no server's address", todo="write it as https://touchline.example")
        self.url, self.workspace = url.rstrip("/"), workspace
        self._tries = max(1, tries)
        self._client = httpx.Client(
            base_url=f"{self.url}/api/v1/",
            headers={"Authorization": f"Bearer {key}"},
            timeout=httpx.Timeout(seconds, connect=10.0),
            transport=transport,
            follow_redirects=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str, pairs: Sequence[tuple[str, str]] = (), *, accept: str = "application/json") -> Any:
        """Return the answer of a route.

        Raises:
            TouchlineError: The one that the server tells, or that there is no answer.
        """
        return self._send("GET", path, pairs, headers={"Accept": accept})

    def post(self, path: str, *, again: bool = False, pairs: Sequence[tuple[str, str]] = (), **given: Any) -> Any:
        """Send something; return the answer.

        Args:
            path: The route.
            again: Whether it may be sent again where it is not known what became of it.
            pairs: Parameters.
            given: ``json``, ``content`` and ``headers``, as httpx has them.
        """
        return self._send("POST", path, pairs, again=again, **given)

    def _send(
        self, method: str, path: str, pairs: Sequence[tuple[str, str]], *, again: bool = True, **given: Any
    ) -> httpx.Response:
        import httpx

        params: list[tuple[str, str | int | float | bool | None]] = [*pairs]
        if self.workspace:
            params.append(("workspace", self.workspace))
        waits = _waits(self._tries)
        while True:
            wait = next(waits, None)
            trouble: TouchlineError
            try:
                answer = self._client.request(method, path, params=params, **given)
            except httpx.ConnectError as error:
                trouble = self._unreachable(error)
            except httpx.TransportError as error:
                trouble = self._unreachable(error)
                wait = wait if again else None
            else:
                if answer.is_success:
                    return answer
                trouble = error_of(answer)
                wait = _told(answer, wait) if answer.status_code in AGAIN else None
            if wait is None:
                raise trouble
            time.sleep(wait)

    def _unreachable(self, error: Exception) -> WorkspaceError:
        return WorkspaceError(
            f"the server does not answer ({type(error).__name__}: {error})", where=self.url,
            todo="see that it runs and that the address is right",
        )  # fmt: skip


def _waits(tries: int) -> Iterator[float]:
    """Yield how long to wait after each try but the last: about 0.25 s, twice as long each time."""
    for number in range(tries - 1):
        yield min(_MOST_WAIT, 0.25 * 2**number) * random.uniform(0.75, 1.25)  # noqa: S311  no secret


def _told(answer: httpx.Response, wait: float | None) -> float | None:
    """Return how long to wait, where the server says so; None when there is to be no other try, or it is too long."""
    said = answer.headers.get("retry-after", "")
    if wait is None or not said:
        return wait
    try:
        seconds = float(said)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(said).timestamp() - time.time()
        except ValueError:
            return wait
    return max(wait, seconds) if seconds <= _MOST_WAIT else None


def error_of(answer: httpx.Response) -> TouchlineError:
    """Return the error that an answer tells, of the class that it had on the server where we know it."""
    try:
        told = answer.json()["error"]
        said = {name: str(told.get(name) or "") for name in ("what", "where", "todo")}
    except (ValueError, KeyError, TypeError, AttributeError):
        said = {"what": f"the server answered {answer.status_code}", "where": str(answer.url.copy_with(query=None))}
    named = getattr(errors, answer.headers.get(KIND, ""), None)
    kind: type[TouchlineError]
    if isinstance(named, type) and issubclass(named, TouchlineError):
        kind = named
    elif answer.status_code in (401, 403):
        kind = errors.NotAllowed
    else:
        kind = _BY_STATUS.get(answer.status_code, WorkspaceMissing if answer.status_code == 410 else WorkspaceError)
    what = said.pop("what")
    return kind(what, **said)
