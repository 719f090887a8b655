"""Every source that is installed: ours and strangers', by entry point."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from touchline.errors import SourceError
from touchline.sources.base import Source
from touchline.sources.files import SourceFile
from touchline.words import phrase

GROUP = "touchline.sources"


@cache
def installed() -> tuple[Source, ...]:
    """All sources, by name.

    >>> [source.name for source in installed()][:2]
    ['delimited', 'dialogues']
    """
    found: dict[str, Source] = {point.name: point.load() for point in entry_points(group=GROUP)}
    return tuple(found[name] for name in sorted(found))


def recognise(file: SourceFile, name: str | None = None) -> Source:
    """The source that reads a file: the named one, or the one that is surest.

    Raises:
        SourceError: If there is none.
    """
    sources = installed()
    if name is not None:
        for source in sources:
            if source.name == name:
                return source
        known = ", ".join(source.name for source in sources)
        raise SourceError(
            phrase("there is no format {name}", name=repr(name)),
            where=str(file.path),
            todo=phrase("use one of {known}", known=str(known)),
        )
    sure, best = max(((source.recognise(file), source) for source in sources), key=lambda pair: pair[0])
    if sure <= 0:
        what = file.what_binary() or "of no format that we know"
        raise SourceError(
            phrase("the file is {what}, which we cannot read", what=str(what)),
            where=str(file.path),
            todo=phrase("export it as CSV, JSON, Excel, Parquet or XES"),
        )
    return best
