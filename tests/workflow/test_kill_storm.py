"""A short storm of kills; ``kill_storm.py`` makes a longer one."""

from flow import Folder
from kill_storm import complete, differences, storm


def test_every_byte_survives(short: Folder):
    undisturbed = short.results()
    for name in undisturbed:
        if "/finetune/" in name or "/bases/" in name or "short" in name:
            (short / name).unlink()
    assert storm(short, kills=4, seed=1, pause=4.0).total() == 4
    complete(short)
    assert not differences(short.results(), undisturbed)
