"""The instruments: ipywidgets in a notebook, custom elements on the static site, pictures everywhere else."""

from optimlib.explorables.baked import Baked
from optimlib.explorables.judge import Judge
from optimlib.explorables.race import Race
from optimlib.explorables.ratemap import Map
from optimlib.explorables.steps import Steps
from optimlib.explorables.stream import Stream

__all__ = ["Baked", "Judge", "Map", "Race", "Steps", "Stream"]
