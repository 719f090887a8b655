"""The part of a long text that somebody looked for."""

from __future__ import annotations


def snippet(text: str, found: list[dict[str, int]], most: int = 240) -> tuple[str, list[dict[str, int]]]:
    """Return the part of a text around the first place found, and where the places are in it.

    >>> snippet("a " * 200 + "late parcel", [{"start": 400, "end": 404}], most=20)
    ('…a a a late parcel', [{'start': 7, 'end': 11}])
    """
    if len(text) <= most:
        return text, found
    first = found[0]["start"] if found else 0
    begin = text.rfind(" ", 0, max(0, min(first - most // 4, len(text) - most // 2))) + 1
    end = len(text) if begin + most >= len(text) else max(text.rfind(" ", begin, begin + most), begin + most // 2)
    head, tail = ("…" if begin else ""), ("…" if end < len(text) else "")
    shift = len(head) - begin
    inside = [
        {"start": span["start"] + shift, "end": span["end"] + shift}
        for span in found
        if begin <= span["start"] and span["end"] <= end
    ]
    return f"{head}{text[begin:end]}{tail}", inside
