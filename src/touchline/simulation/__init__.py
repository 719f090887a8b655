"""A simulated world that feeds the demo, the tests and the benchmarks; its truth is known and kept apart."""

from touchline.simulation.verbatim_bank import Spoken, Verbatim, verbatims
from touchline.simulation.world import World, began, simulate
from touchline.simulation.writers import simulate_to, write_csv, write_truth

__all__ = ["Spoken", "Verbatim", "World", "began", "simulate", "simulate_to", "verbatims", "write_csv", "write_truth"]
