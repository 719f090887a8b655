"""The journey's pages: overview, heatmap, stages, any question, and from every number to the customers behind it.

A page asks the held workspace through `touchline.server.workspaces.facade` and shows what the engine's figures draw.
The filters of a page are its address, so that every view is a link.
"""
