"""What the data say: NPS, CSAT, CES, JSI, heatmaps, friction, trends, segments, root causes. One question a module."""
