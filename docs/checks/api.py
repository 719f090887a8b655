"""The API's list of questions, made from the catalogue that its routes are made from."""

from __future__ import annotations

from touchline.server.api.catalogue import catalogue


def table() -> str:
    """Return a line per question: its route, what it answers, and its own options."""
    lines = ["| route | what it answers | its own options |", "|---|---|---|"]
    for question in catalogue():
        options = ", ".join(f"`{one.name}`" + (" (needed)" if one.required else "") for one in question.options)
        before = "with the period before" if question.compared else ""
        told = "; ".join(part for part in (options, before) if part)
        lines.append(f"| `/{question.name}` | {question.summary} | {told} |")
    return "\n".join(lines) + "\n"
