"""The pages of a workspace, as the navigation names them."""

from __future__ import annotations

from typing import Final

from touchline.server.pages.facade import Place

#: In order. The letter after which the keyboard's ``g`` leads there is in ``journey.js``.
PLACES: Final = tuple(
    Place(label, f"/w/{{slug}}/{path}", order=order)
    for order, (label, path) in enumerate(
        (
            ("Overview", ""),
            ("Heatmap", "heatmap"),
            ("Stages", "stages"),
            ("Paths", "paths"),
            ("Issues", "issues"),
            ("Service", "service"),
            ("Value", "value"),
            ("Programme", "programme"),
            ("Feedback", "feedback"),
            ("Customers", "customers"),
            ("Data", "data"),
        )
    )
)
