"""Play Podium's competitions from a trainer: see README.md in the folder above."""

from .env import PodiumEnv, PodiumServerError
from .five_actions import FiveActions

__all__ = ["PodiumEnv", "PodiumServerError", "FiveActions"]
