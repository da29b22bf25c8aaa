"""Themes: what each role looks like. Two hues carry meaning - a warm one for episodes, a cold one for faults - and
neither says anything that word and shape do not say as well."""

from __future__ import annotations

from dataclasses import dataclass

from textual.theme import Theme


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by role. `shade` is the ground of an episode, `on_episode` the text on its filled label."""

    background: str
    panel: str
    text: str
    dim: str
    axis: str
    trace: str
    episode: str
    on_episode: str
    shade: str
    fault: str
    fault_high: str
    fault_low: str
    dark: bool = True

    def theme(self, name: str) -> Theme:
        """Return it as a Textual theme; the roles are CSS variables of the same names."""
        return Theme(
            name=name,
            primary=self.trace,
            secondary=self.dim,
            accent=self.episode,
            warning=self.fault,
            error=self.fault,
            success=self.trace,
            foreground=self.text,
            background=self.background,
            surface=self.background,
            panel=self.panel,
            dark=self.dark,
            variables=self.roles,
        )

    @property
    def roles(self) -> dict[str, str]:
        """The CSS variables of the roles."""
        return {
            "ground": self.background,
            "plain": self.text,
            "dim": self.dim,
            "axis": self.axis,
            "trace": self.trace,
            "episode": self.episode,
            "on-episode": self.on_episode,
            "shade": self.shade,
            "fault": self.fault,
            "fault-high": self.fault_high,
            "fault-low": self.fault_low,
        }


PALETTES = {
    "dark": Palette(
        background="#14171a",
        panel="#1e2328",
        text="#e8eaec",
        dim="#8d979f",
        axis="#59636b",
        trace="#b9cdd8",
        episode="#f5a83c",
        on_episode="#1a1204",
        shade="#43300f",
        fault="#c9a2ff",
        fault_high="#ff8ce6",
        fault_low="#9fb8e8",
    ),
    "light": Palette(
        background="#fbfaf7",
        panel="#ecebe6",
        text="#1b1f23",
        dim="#5b646c",
        axis="#98a0a6",
        trace="#27424f",
        episode="#9a4a00",
        on_episode="#ffffff",
        shade="#ffe0b0",
        fault="#6a2bb8",
        fault_high="#a3117a",
        fault_low="#3d5a99",
        dark=False,
    ),
    "high-contrast": Palette(
        background="#000000",
        panel="#000000",
        text="#ffffff",
        dim="#d0d0d0",
        axis="#a8a8a8",
        trace="#ffffff",
        episode="#ffd000",
        on_episode="#000000",
        shade="#5a4800",
        fault="#7fe8ff",
        fault_high="#ff9dff",
        fault_low="#a8c8ff",
    ),
    # Okabe and Ito's orange and sky blue (jfly.uni-koeln.de/color), apart in every common form of colour blindness.
    "colour-blind": Palette(
        background="#121212",
        panel="#1e1e1e",
        text="#ececec",
        dim="#9a9a9a",
        axis="#626262",
        trace="#d4d4d4",
        episode="#e69f00",
        on_episode="#121212",
        shade="#413004",
        fault="#56b4e9",
        fault_high="#cc79a7",
        fault_low="#8fb3cc",
    ),
}

THEMES = tuple(palette.theme(name) for name, palette in PALETTES.items())


def following(name: str) -> str:
    """Return the name of the theme after `name`."""
    names = list(PALETTES)
    return names[(names.index(name) + 1) % len(names)] if name in names else names[0]
