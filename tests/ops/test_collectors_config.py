"""``[collectors.NAME]`` and ``[recording]``: what may be set, and one clear line for what may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.units import SECOND_NS
from engine.ops.collectors_config import CollectorSettings, RecordingConfig
from engine.ops.config import Config, ConfigError, read_config


def read(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return read_config(path)


def test_a_collector_of_the_house_is_named_alone(tmp_path: Path) -> None:
    config = read(tmp_path, '[collectors.weather]\noptions = ["--series", "KXHIGHNY"]\n[collectors.spot]\n')
    assert config.collectors == (
        CollectorSettings("spot", True, (), 15 * SECOND_NS),
        CollectorSettings("weather", True, ("--series", "KXHIGHNY"), 900 * SECOND_NS),
    )
    assert config.recording == RecordingConfig()


def test_another_program_is_one_by_its_command(tmp_path: Path) -> None:
    text = '[collectors.mine]\nis_on = false\ncommand = ["./mine", "-v"]\nstale_seconds = 0.5\n'
    (mine,) = read(tmp_path, text).collectors
    assert mine == CollectorSettings("mine", False, (), SECOND_NS // 2, ("./mine", "-v"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[collectors.spott]\n",
            "collectors: got 'spott', wanted one of spot, index, weather, news, tsa, candles",
        ),
        ("[collectors.spot]\nfast = 1\n", "collectors.spot: Object contains unknown field fast"),
        ('[collectors.spot]\nstale_seconds = "x"\n', "collectors.spot.stale_seconds: Expected int | float"),
        ("[collectors.spot]\nstale_seconds = 0\n", "collectors.spot.stale_seconds: got 0, wanted above 0"),
        (
            "[collectors.spot]\nstale_seconds = nan\n",
            "spot.stale_seconds: got nan, wanted above 0",
        ),
        ('[collectors."a b"]\ncommand = ["x"]\n', "collectors: got 'a b', wanted at most 32 of letters"),
        ("".join(f'[collectors.c{n}]\ncommand = ["x"]\n' for n in range(17)), "collectors: got 17 of them"),
        ("collectors = 3\n", "collectors: got int, wanted table"),
        ("[recording]\nnode_id = -1\n", "recording.node_id: got -1, wanted 0 to 999"),
        ("[lake]\ncompact = 1\n", "lake.compact: got int, wanted bool"),
        ("[lake]\ncompactt = true\n", "lake.compactt: got a field unknown here, wanted compact"),
        ("[recording]\nwhere = 1\n", "recording.where: got a field unknown here, wanted is_on, node_id"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
