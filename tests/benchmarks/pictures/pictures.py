"""The six pictures: which panels each has, what was decided, and what the page says of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from analysis.drawing import BLUE, INK, RED, SOFT, Drawing
from analysis.episode import Episode, EpisodeChange
from sensors.streams.recorded import PACKET_S, StreamRecording
from tests.benchmarks.detection.heard import listened
from tests.benchmarks.pictures import scenes, words
from tests.benchmarks.pictures.overheard import Weighed
from tests.benchmarks.pictures.panel import AXIS, Moment, Panel, draw, stretch_about
from tests.benchmarks.pictures.scenes import Scene
from tests.benchmarks.pictures.words import Verdict

WIDTH, HEAD, PART, FOOT = 720.0, 40.0, 52.0, 12.0
"""Pixels: the whole, the title, the two lines of a verdict, and what is left at the bottom."""
APART = 14.0
"""Pixels between a panel and the next verdict."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture by its file's name; each of `parts` is a verdict over its panels, `note` ends the caption."""

    name: str
    title: str
    parts: tuple[tuple[Verdict, tuple[Panel, ...]], ...]
    note: str = ""

    @property
    def caption(self) -> str:
        """What was decided, for the page and for those who cannot see the picture."""
        said = [f"{_head(verdict, panels)}; {verdict.found}; {verdict.why}" for verdict, panels in self.parts]
        return ". ".join([self.title, *said, *filter(None, (self.note,))]) + "."

    def drawn(self) -> str:
        """Return the SVG text."""
        panels = [panel for _, part in self.parts for panel in part]
        height = HEAD + len(self.parts) * (PART + APART) - APART + sum(p.height for p in panels) + AXIS + FOOT
        onto = Drawing(WIDTH, height, self.caption)
        onto.text(16, 27, self.title, 17, bold=True)
        top = HEAD
        for verdict, part in self.parts:
            _decided(onto, verdict, top)
            top += PART
            for panel in part:
                draw(onto, panel, top, seconds=panel is panels[-1])
                top += panel.height
            top += APART
        return onto.written()


def _head(verdict: Verdict, panels: tuple[Panel, ...]) -> str:
    alarms = (moment.name.capitalize() for panel in panels for moment in panel.moments if moment.firm)
    return next(alarms) if verdict.alarm else "No alarm"


def _decided(onto: Drawing, verdict: Verdict, top: float) -> None:
    badge = "ALARM" if verdict.alarm else "NO ALARM"
    wide = 64.0 if verdict.alarm else 88.0
    onto.area(16, top, wide, 20, RED if verdict.alarm else "#ffffff", RED if verdict.alarm else SOFT)
    onto.text(16 + 0.5 * wide, top + 15, badge, 13, "#ffffff" if verdict.alarm else INK, "middle", bold=True)
    onto.text(16 + wide + 10, top + 15, verdict.found, 14)
    onto.text(16, top + 38, verdict.why, 13, SOFT)


def pictures() -> Iterator[Picture]:
    """Make all of them, in the order of the page."""
    clear = scenes.clonus()
    told = clear.told
    model = clear.heard.raised_by(told.episode)
    assert model is not None
    yield Picture("clonus", "Clonus after a quick stretch", (_alarm(clear, told),))
    for name, title, scene in (
        ("rebound", "A quick stretch, and a joint that only swings back", scenes.rebound()),
        ("slow-tapping", "Tapping with the foot, two to three times a second", scenes.slow_tapping()),
    ):
        yield Picture(name, title, (_refusal(scene, model),))
    jiggling, tapping = scenes.jiggling(), scenes.fast_tapping()
    yield Picture(
        "look-alikes",
        "What looks like clonus: a jiggling leg, and fast tapping",
        (
            _alarm(jiggling, jiggling.told, "jiggling leg"),
            _alarm(tapping, tapping.told, "tapping foot", "first lift"),
        ),
    )
    yield _noise(scenes.noise())
    yield _echo(*scenes.echo())


def _alarm(
    scene: Scene, told: EpisodeChange, name: str = "", stretch: str = "stretch"
) -> tuple[Verdict, tuple[Panel, ...]]:
    alarm = Moment(told.episode.alert_s, words.alarm(told.episode), RED, firm=True)
    moments = (alarm, Moment(told.at_s, "end told"))
    return words.raised(told.episode, name), (_panel(scene, told.episode, moments, stretch),)


def _panel(scene: Scene, episode: Episode, moments: tuple[Moment, ...], stretch: str) -> Panel:
    """Show an episode on the channel, with the stretch where the detector found it."""
    panel = _trace(scene)
    return replace(
        panel,
        stretch=stretch_about(panel.times_s, panel.values, episode.stretch.time_s) if episode.stretch else None,
        stretch_name=stretch,
        beats_s=episode.beat_times_s,
        moments=tuple(moment for moment in moments if moment.at_s < scene.last_s),
    )


def _trace(scene: Scene) -> Panel:
    return Panel(scene.first_s, scene.last_s, scene.heard.times_s, scene.heard.trace, scene.heard.unit)


def _refusal(scene: Scene, model: Weighed) -> tuple[Verdict, tuple[Panel, ...]]:
    """Show what was not raised; the stretch, of which the detector told nothing, is where the simulation made it."""
    assert not scene.heard.ended(scene.first_s, scene.last_s), "an alarm is raised now: the page has to say so"
    best = scene.heard.most_believed(scene.first_s, scene.last_s)
    assert best is not None
    panel = replace(_trace(scene), moments=(Moment(best.at_s, "weighed, not believed"),))
    for at_s in scene.movement.stretches_s:
        if scene.first_s < at_s < scene.last_s:
            panel = replace(panel, stretch=stretch_about(panel.times_s, panel.values, at_s))
    return words.refused(best, model), (panel,)


def _noise(scene: Scene) -> Picture:
    """Show what was measured, and the narrow band in which the beats were counted when it was over."""
    told = scene.told
    assert scene.heard.raised_by(told.episode) is None, "it is not heard as a tone any more: choose another seed"
    verdict, (measured,) = _alarm(scene, told)
    times_s, narrow = scene.heard.narrow[told.episode.number]
    counted = f"{told.episode.beats} beats counted, {scene.beats_made} made by the simulation"
    panels = (
        replace(measured, name="as measured", beats_s=()),
        replace(
            _trace(scene), times_s=times_s, values=narrow, name=f"narrow band: {counted}", beats_s=measured.beats_s
        ),
    )
    title = "Clonus in noise as strong as itself, heard as a tone"
    return Picture("noise", title, ((verdict, panels),), counted)


def _echo(left: Scene, right: Scene) -> Picture:
    """Show one leg's alarm, and the other's that a session of both sensors did not tell."""
    session, _ = listened(StreamRecording("echo", (left.worn.recorded, right.worn.recorded), PACKET_S))
    assert [alert.sensor for alert in session.alerts] == ["left_foot"], "the echo is told: the page has to say so"
    echo = right.told.episode
    held_back = Moment(echo.alert_s, "held back", BLUE)
    shaken = _panel(right, echo, (held_back,), "its echo")
    verdict = words.echoed(echo, "left foot")
    return Picture(
        "echo",
        "Clonus of the left foot shakes the right one",
        (_alarm(left, left.told, "left foot"), (verdict, (shaken,))),
    )
