"""View: how the operator looks at a session - zoom, scales, glyphs, the chosen sensor. Never what the session holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from analysis.episode import Context, Episode
from analysis.rule_file import RuleSets, rule_sets
from analysis.rule_set import RuleSet
from analysis.snapshot import Snapshot
from analysis.trial import Setup
from tui.earlier_visit import EarlierVisit, nothing_earlier
from tui.glyphs import GlyphSet
from tui.scales import Scales

SPANS_S = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0, 30.0, 60.0)
"""Seconds of trace that the time zoom can show."""
PIXELS_A_SECOND = 30.0
"""The least by default: four pixel columns to each beat of a clonus of 7.5 Hz."""
LEAST_SPAN_S = 3.0
"""Shown by default however narrow a trace is: a stretch and the beats after it."""
USUAL_SCALE = "scats_clonus"
"""The rule set that results are shown by until another is chosen."""


@cache
def bundled_rules() -> RuleSets:
    """Return the rule sets that come with the program."""
    return rule_sets()


@dataclass(slots=True)
class View:
    """One operator's view. `span_s` is None while the width of the screen decides; `speed` is that of a replay.

    `sensor` and `episode` are the key and the id of what was chosen. `scale` is the key of the rule set that results
    are shown by, one of those that `load_rules` finds; `last_setup` what was set up last, in any session; `sent_away`
    the number of the trial whose result was sent away. `keys` are the operator's own, by the name of their action.
    `reviewing` opens a recording in the review. `earlier` looks up what was said of a code before.
    """

    glyphs: GlyphSet = GlyphSet.BRAILLE
    bell: bool = False
    speed: float = 1.0
    reviewing: bool = False
    span_s: float | None = None
    sensor: str | None = None
    episode: str | None = None
    scales: Scales = field(default_factory=Scales)
    scale: str = USUAL_SCALE
    last_setup: Setup | None = None
    sent_away: int = 0
    load_rules: Callable[[], RuleSets] = bundled_rules
    keys: Mapping[str, str] = field(default_factory=dict)
    earlier: Callable[[str], EarlierVisit | None] = nothing_earlier

    def renewed(self) -> View:
        """Return the view of another session: the same habits, nothing chosen."""
        return View(
            glyphs=self.glyphs,
            bell=self.bell,
            speed=self.speed,
            scale=self.scale,
            last_setup=self.last_setup,
            load_rules=self.load_rules,
            keys=self.keys,
            reviewing=self.reviewing,
            earlier=self.earlier,
        )

    @property
    def rules(self) -> RuleSets:
        """The rule sets that there are."""
        return self.load_rules()

    @property
    def rule_set(self) -> RuleSet:
        """The rule set that results are shown by; the usual one where the chosen one is gone."""
        by_key = self.rules.by_key
        return by_key.get(self.scale) or by_key[USUAL_SCALE]

    def span_for(self, cells: int) -> float:
        """Return the seconds that a trace of so many cells shows."""
        if self.span_s is not None:
            return self.span_s
        pixels = cells * self.glyphs.columns
        return max(s for s in SPANS_S if s <= LEAST_SPAN_S or pixels / s >= PIXELS_A_SECOND)

    def zoom(self, step: int, cells: int) -> float:
        """Show the next longer (+1) or shorter (-1) stretch of time; return its seconds."""
        now = SPANS_S.index(self.span_for(cells))
        self.span_s = SPANS_S[min(max(now + step, 0), len(SPANS_S) - 1)]
        return self.span_s

    def chosen(self, snapshot: Snapshot) -> Episode | None:
        """Return the episode that keys act on: the chosen one, else the newest (of the chosen sensor).

        Of several that are running a provoked one comes first.
        """
        episodes = [e for e in snapshot.episodes if self.sensor in (None, e.sensor) or e.id == self.episode]
        for episode in episodes:
            if episode.id == self.episode:
                return episode
        provoked = Context.PROVOKED
        return max(episodes, key=lambda e: (e.running, e.running and e.context is provoked, e.onset_s), default=None)
