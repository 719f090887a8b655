"""Pictures made by us, as inline SVG: the journey line, heat cells, sparklines, bars."""
