"""Bands: the sets of parameters that a recording can be analysed with, by the name that people choose them by."""

from __future__ import annotations

from collections.abc import Mapping

from analysis.detecting import Detector
from analysis.detector import BeatDetector
from analysis.parameters import JAW, LIMBS, Parameters
from analysis.session import DetectorMaker
from sensors.driver import Sensor

BANDS: Mapping[str, Parameters] = {"limbs": LIMBS, "jaw": JAW}
"""3 to 8 Hz, and 3 to 12 Hz (docs/definitions.md)."""
DEFAULT_BAND = "limbs"


def detector_of(band: str) -> DetectorMaker:
    """Return what makes the detector of one channel with the parameters of a band; raises KeyError for another word."""
    return detector_with(BANDS[band])


def detector_with(parameters: Parameters) -> DetectorMaker:
    """Return what makes the detector of one channel with some parameters."""

    def make(sensor: Sensor, unit: str) -> Detector:
        return BeatDetector(sensor.key, unit, parameters)

    return make
