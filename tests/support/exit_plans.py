"""Plans that many tests of leaving begin with, and what is played for either leg."""

from __future__ import annotations

import pytest

from engine.domain.order import Leg
from engine.domain.plan import PlanTerms, Target

STOP = PlanTerms(stop_loss=Target(-1_000))
"""What is bought at 51 leaves at 41."""
BOTH = PlanTerms(take_profit=Target(2_000), stop_loss=Target(-1_000))
LEGS = pytest.mark.parametrize("leg", list(Leg))
