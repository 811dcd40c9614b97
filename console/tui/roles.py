"""What a piece of text stands for. A theme says how each role looks; no colour is named anywhere else."""

from __future__ import annotations

TEXT = "text"
LABEL = "label"
TITLE = "title"
"""Chrome: titles, borders, the command line."""
UP = "up"
DOWN = "down"
YES = "yes"
NO = "no"
FORECAST = "forecast"
BAND = "band"
TAKE_PROFIT = "take_profit"
STOP_LOSS = "stop_loss"
ENTRY = "entry"
OWN = "own"
SELECTED = "selected"
STALE = "stale"
URGENT = "urgent"
WARNING = "warning"
ACCENT = "accent"
AXIS = "axis"
FLASH = "flash"
FLASH_UP = "flash_up"
FLASH_DOWN = "flash_down"
LIVE = "live"
SIM = "sim"
DEMO = "demo"
PAPER = "paper"
FROZEN = "frozen"

ALL = (
    TEXT,
    LABEL,
    TITLE,
    UP,
    DOWN,
    YES,
    NO,
    FORECAST,
    BAND,
    TAKE_PROFIT,
    STOP_LOSS,
    ENTRY,
    OWN,
    SELECTED,
    STALE,
    URGENT,
    WARNING,
    ACCENT,
    AXIS,
    FLASH,
    FLASH_UP,
    FLASH_DOWN,
    LIVE,
    SIM,
    DEMO,
    PAPER,
    FROZEN,
)
"""A theme has a style for each of these."""
