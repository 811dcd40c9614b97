"""A forecast server as a process whose model computes nothing: what is left is what requests cost around it.

Prints its line when it answers; ends on SIGTERM.
"""

from __future__ import annotations

import numpy as np

from engine.domain.forecast import DECILES
from engine.forecast.baselines import EwmaWalk
from engine.forecast.serving import Listening, run_server

BAND = np.linspace(-0.5, 0.5, len(DECILES), dtype=np.float32)


class IdleModel(EwmaWalk):
    """The same band for every row."""

    name = "idle"

    def forecast(self, values, lengths, horizon):
        return np.broadcast_to(BAND, (len(values), horizon, len(DECILES)))


if __name__ == "__main__":
    run_server(IdleModel(), Listening(port=0), lambda ready: print(ready.url, flush=True))
