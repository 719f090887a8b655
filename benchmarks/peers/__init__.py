"""Touchline beside other tools, each where it is installed; none of them is a dependency."""
