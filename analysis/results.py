"""The results of a whole recording, as the JSON document that other programs rely on (schema clonoscope.analysis/1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from analysis import corrections
from analysis.episode import Episode, Stretch
from analysis.patient import Visit
from analysis.response import Response
from analysis.session import TRACE_S, DetectorMaker, Session, default_detector
from analysis.snapshot import SensorView, Snapshot
from analysis.standing import reworked_trials
from analysis.trial import Trial
from sensors.recordings import FLAWLESS, Flaws
from sensors.source import Recording
from sensors.streams.recorded import StreamRecording

SCHEMA = "clonoscope.analysis/1"
LONGEST_S = 24 * 3600.0
"""Of a longer recording that was corrected only the last day is kept as a trace; episodes are found in all of it."""


def analyse(
    recording: Recording, make_detector: DetectorMaker = default_detector, breathe: Callable[[], None] | None = None
) -> Session:
    """Run all of a recording through a session as fast as it goes.

    Where an examiner corrected something, its whole traces are kept, to measure the corrected episodes on. `breathe` is
    called after every arrival; what it raises ends the analysis.
    """
    trace_s = TRACE_S
    if _is_corrected(recording):
        trace_s = max(TRACE_S, min(recording.duration_s - recording.begins_s + 1.0, LONGEST_S))
    session = Session(recording.sensors, recording.start_ns, make_detector, trace_s, begins_s=recording.begins_s)
    for arrival in recording.arrivals():
        session.handle(arrival)
        if breathe is not None:
            breathe()
    session.finish()
    return session


def _is_corrected(recording: Recording) -> bool:
    if isinstance(recording, StreamRecording):
        return False
    from sensors.session_file import SessionReader  # sqlite3 is not needed for a stream

    return isinstance(recording, SessionReader) and any(e.kind == corrections.KIND for e in recording.entries())


def document(session: Session, flaws: Flaws = FLAWLESS) -> dict[str, Any]:
    """Return the JSON-ready document; times are seconds on the recording's own axis, rounded to microseconds.

    `flaws` are those of the recording that the session was fed with. "episodes" and "trials" are what the detector
    found, whatever the examiner said of it; "corrected" is there only where the examiner corrected something, and holds
    all episodes as they stand then, and the trials whose response that changes.
    """
    detector = next(iter(session.detectors.values()))
    snapshot = session.snapshot()
    found = {
        "schema": SCHEMA,
        "detector": {
            "name": detector.name,
            "version": detector.version,
            "parameters": asdict(detector.parameters),
        },
        "damaged_rows": flaws.damaged_rows,
        "sensors": [sensor_document(view, flaws) for view in snapshot.sensors],
        "alerts": [
            {"sensor": alert.sensor, "alert_s": round(alert.at_s, 6)}
            for alert in sorted(session.alerts, key=lambda a: (a.at_s, a.sensor))
        ],
        "episodes": [episode_document(episode) for episode in snapshot.episodes],
        "visit": visit_document(snapshot.visit),
        "trials": [trial_document(trial) for trial in snapshot.trials],
    }
    return found if snapshot.corrected is None else {**found, "corrected": _corrected(snapshot, snapshot.corrected)}


def _corrected(snapshot: Snapshot, episodes: Sequence[Episode]) -> dict[str, Any]:
    """Return what stands after the corrections. An episode that the detector did not find has no alert_s."""
    return {
        "episodes": [
            {
                **episode_document(episode),
                "alert_s": None if episode.is_added else round(episode.alert_s, 6),
                "corrected_by": episode.corrected_by,
            }
            for episode in episodes
        ],
        "trials": [
            {**trial_document(again.trial), "corrected_by": again.corrected_by}
            for again in reworked_trials(snapshot).values()
        ],
        "corrections": [
            {
                "what": correction.what,
                "sensor": correction.sensor,
                "from_s": correction.from_s,
                "to_s": correction.to_s,
                "beat_times_s": [_seconds(beats) for beats in correction.episodes],
                "by": correction.by,
                "at_utc": correction.at_utc,
            }
            for correction in snapshot.corrections
        ],
    }


def sensor_document(view: SensorView, flaws: Flaws) -> dict[str, Any]:
    """Return what is told of one sensor, JSON-ready."""
    honesty = view.honesty
    return {
        "sensor": view.sensor.key,
        "rate_hz": round(honesty.rate_hz or view.sensor.rate_hz, 3),
        "received_percent": round(honesty.received_percent, 2),
        "longest_gap_s": round(honesty.longest_gap_s, 4),
        "resampled": view.sensor.key in flaws.resampled,
        "incomplete_rows": flaws.incomplete_rows.get(view.sensor.key, 0),
    }


def episode_document(episode: Episode) -> dict[str, Any]:
    """Return an episode, JSON-ready."""
    return {
        "sensor": episode.sensor,
        "channel": episode.channel,
        "onset_s": round(episode.onset_s, 6),
        "offset_s": round(episode.offset_s, 6),
        "alert_s": round(episode.alert_s, 6),
        "beats": episode.beats,
        "beats_at_least": episode.beats_at_least,
        "beat_times_s": _seconds(episode.beat_times_s),
        "frequency_hz": round(episode.frequency_hz, 4),
        "amplitude": round(episode.amplitude, 3),
        "amplitude_unit": episode.amplitude_unit,
        "regularity_cv": round(episode.regularity_cv, 4),
        "confidence": round(episode.confidence, 4),
        "context": episode.context.value,
        "context_reasons": [reason.value for reason in episode.reasons],
        **_stretch(episode.stretch),
    }


def _stretch(stretch: Stretch | None) -> dict[str, Any]:
    return {
        "stretch_s": round(stretch.time_s, 6) if stretch else None,
        "stretch_peak_dps": round(stretch.peak_dps, 2) if stretch else None,
        "stretch_excursion_deg": round(stretch.excursion_deg, 2) if stretch else None,
        "stretch_held": stretch.held if stretch else None,
        "stretch_latency_s": round(stretch.latency_s, 4) if stretch and stretch.latency_s else None,
    }


def visit_document(visit: Visit | None) -> dict[str, Any] | None:
    """Return whom a session belongs to, JSON-ready; None where nobody said."""
    return None if visit is None else asdict(visit)


def trial_document(trial: Trial) -> dict[str, Any]:
    """Return a trial, JSON-ready."""
    return {
        "number": trial.number,
        "setup": asdict(trial.setup),
        "armed_at_s": round(trial.armed_at_s, 6),
        "stage": trial.stage.value,
        "sensor": trial.sensor,
        "episode_onset_s": None if trial.onset_s is None else round(trial.onset_s, 6),
        **_stretch(trial.stretch),
        "released_s": None if trial.released_s is None else round(trial.released_s, 6),
        "released_early": trial.released_early,
        "response": None if trial.response is None else _response(trial.response),
        "trouble": list(trial.trouble),
        "verdict": None if trial.verdict is None else trial.verdict.value,
        "reason": trial.reason,
        "override": trial.grade,
        "override_rule_set": trial.grade_by,
        "override_reason": trial.grade_reason,
        "pain": trial.pain,
        "interference": [flag.value for flag in trial.flags],
    }


def _response(response: Response) -> dict[str, Any]:
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in asdict(response).items()}


def _seconds(times: Sequence[float]) -> list[float]:
    return [round(t, 6) for t in times]
