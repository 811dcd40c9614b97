"""The kinds of observation that collectors tell the engine of: what their keys, units and ``about`` are.

News are told as headlines, see :class:`collectors.observations.Headline`.
"""

from __future__ import annotations

INDEX = "index"
"""A settlement index: key ``BRTI``, dollars, about itself."""
INDEX_AVERAGE = "index_average"
"""Its mean over the trailing sixty seconds: the same key, unit and about."""
SETTLEMENT_AVERAGE = "settlement_average"
"""Its running mean in the last minute before a quarter of an hour: the same key, unit and about."""
SPOT = "spot"
"""A traded price: key ``BTC-USD``, dollars, about the index of that coin. It leads and does not settle."""
SPOT_MID = "spot_mid"
"""The middle of best bid and ask: key ``BTC-USD``, dollars, about the index of that coin."""
TEMPERATURE = "temperature"
"""The latest reading of a station: key ``KNYC``, degrees Fahrenheit, about the events of its climate day."""
DAY_HIGH = "day_high"
"""The highest reading of a station in a climate day so far, a lower bound of the official maximum: key
``KNYC:2026-11-21``, degrees Fahrenheit, about the events of that day's high."""
DAY_LOW = "day_low"
"""The lowest reading so far, an upper bound of the official minimum: key and unit as of ``day_high``, about
the events of that day's low."""
FORECAST_HIGH = "forecast_high"
"""The highest hour of a climate day by the forecast: key, unit and about as of ``day_high``."""
FORECAST_LOW = "forecast_low"
"""The lowest hour of a climate day by the forecast: key, unit and about as of ``day_low``."""
CLIMATE_HIGH = "climate_high"
"""The first official maximum of a climate day, by which markets are paid: key ``NYC:2026-11-21``, degrees
Fahrenheit, about the events of that day's high."""
CLIMATE_PRELIMINARY = "climate_preliminary"
"""A maximum that is not official yet: key, unit and about as of ``climate_high``."""
CLIMATE_LOW = "climate_low"
"""The first official minimum of a climate day: key and unit as of ``climate_high``, about the events of that
day's low."""
CLIMATE_LOW_PRELIMINARY = "climate_low_preliminary"
"""A minimum that is not official yet: key, unit and about as of ``climate_low``."""
WEATHER_INDEX = "weather_index"
"""The exchange's own hourly city index: key ``nyc``, degrees Fahrenheit, about nothing but itself."""
TSA = "tsa"
"""Travellers screened on a day: key ``2026-11-20``, persons, about the event of its week."""
INDEX_LEVEL = "index_level"
"""A stock index without delay: key ``SPX``, points, about its series."""
INDEX_LEVEL_DELAYED = "index_level_delayed"
"""The same, some fifteen minutes late."""
INDEX_CLOSE = "index_close"
"""A day's official close: key ``SPX:2026-11-20``, points, about its series."""
