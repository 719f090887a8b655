"""An open workspace's questions, kept to what the one who asks may see: pages ask these, and never `Local` itself."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, cast

from touchline.server.api.catalogue import question_named
from touchline.server.api.scope import WHOLE_ONLY, whole_only, within

if TYPE_CHECKING:
    from touchline.questions import Local
    from touchline.server.people.facade import Access

#: Members that tell of no customer by themselves, or of those of a figure that was asked for here.
_OPEN: Final = frozenset({"workspace", "behind"})
#: Members beside the catalogue's questions that take filters.
_FILTERED: Final = frozenset({"span", "timeline", "offered"})


def scoped(local: Local, access: Access) -> Local:
    """Return a workspace's questions as the one who asks may ask them.

    Whoever may see all customers gets them as they are. For others every question's filters are narrowed to their
    segments, as the API does, and what tells of all customers raises `NotAllowed`; so does what is not known here.
    """
    return cast("Local", _Scoped(local, access)) if access.segments else local


class _Scoped:
    def __init__(self, local: Local, access: Access) -> None:
        self._local = local
        self._access = access

    def __getattr__(self, name: str) -> Any:
        if name in _OPEN:
            return getattr(self._local, name)
        question = question_named(name)
        if name in _FILTERED or (question is not None and question.filtered and name not in WHOLE_ONLY):
            return self._narrowed(getattr(self._local, name))
        raise whole_only(self._access, name)

    def _narrowed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        from touchline.questions import EVERYTHING

        takes = inspect.signature(method)

        @functools.wraps(method)
        def asked(*args: Any, **given: Any) -> Any:
            bound = takes.bind(*args, **given)
            bound.arguments["filters"] = within(self._access, bound.arguments.get("filters", EVERYTHING))
            if bound.arguments.get("previous") is not None:
                bound.arguments["previous"] = within(self._access, bound.arguments["previous"])
            return method(*bound.args, **bound.kwargs)

        return asked
