"""Actions: all that a key can do, in one table. Bindings, the line of keys, help and the command palette come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from textual.binding import Binding, BindingType


@dataclass(frozen=True, slots=True)
class Action:
    """`call` is the method of screen or app after `action_`; `keys` are Textual's names, the first one is shown.

    `text` stands in the line of keys, `help` on the help screen and in the palette. `rank` orders the line of keys,
    which takes as many as fit; an action without a rank is not in it.
    """

    name: str
    call: str
    keys: str
    shown: str
    text: str
    help: str
    group: str
    rank: int | None = None

    @property
    def binding(self) -> Binding:
        """The action as Textual knows it. Its id lets a keymap give it other keys."""
        return Binding(
            self.keys, self.call, self.text, id=self.name, key_display=self.shown, tooltip=self.help, show=False
        )


_TEST, _TRIAL, _EPISODE, _CORRECT = "Test", "Trial", "Episode", "Corrections"
_VIEW, _SENSOR, _PLAY, _SESSION, _LIBRARY = "View", "Sensors", "Play", "Session", "Saved sessions"
_FAULT = "Faults"

_EPISODES = (
    Action("episode.confirm", "confirm", "enter", "enter", "confirm", "Confirm the chosen episode", _EPISODE, 4),
    Action("episode.reject", "reject", "x", "x", "reject", "Reject the chosen episode", _EPISODE, 5),
    Action("episode.note", "note", "n", "n", "note", "Write a note on the chosen episode", _EPISODE, 7),
)
_LIVE_EPISODES = (
    Action("episode.confirm", "confirm", "enter", "enter", "confirm", "Accept the result; or confirm", _EPISODE, 5),
    Action("episode.reject", "reject", "x", "x", "reject", "Reject the result, or the episode", _EPISODE, 6),
    Action("episode.note", "note", "n", "n", "note", "Write a note on the chosen episode", _EPISODE, 11),
)
_LOOKS = (
    Action("view.zoom_in", "zoom(-1)", "plus,equals_sign", "+", "zoom in", "Show fewer seconds", _VIEW),
    Action("view.zoom_out", "zoom(1)", "minus", "-", "zoom out", "Show more seconds", _VIEW),
    Action("view.scale_up", "scale(1)", "up", "↑", "scale up", "Widen the amplitude scale", _VIEW),
    Action("view.scale_down", "scale(-1)", "down", "↓", "scale down", "Narrow the amplitude scale", _VIEW),
    Action("view.scale_auto", "scale_auto", "a", "a", "auto scale", "Let every scale follow its trace", _VIEW),
    Action("sensor.next", "sensor(1)", "tab,j", "tab j", "sensor", "Choose the next sensor", _SENSOR),
    Action("sensor.previous", "sensor(-1)", "shift+tab,k", "k", "sensor", "Choose the previous sensor", _SENSOR),
    Action("sensor.none", "no_sensor", "escape", "esc", "all", "Choose no sensor: keys act on all", _SENSOR),
    Action("sensor.page_down", "page(1)", "pagedown", "PgDn", "page", "Show the sensors that found no room", _SENSOR),
    Action("sensor.page_up", "page(-1)", "pageup", "PgUp", "page", "Show the sensors before", _SENSOR),
)
_ALWAYS = (
    Action("app.glyphs", "glyphs", "g", "g", "glyphs", "Draw with braille, blocks or ASCII", _VIEW),
    Action("app.theme", "theme", "t", "t", "theme", "Change the theme", _VIEW),
)
_HELP = Action("app.help", "help", "question_mark,f1", "?", "help", "Show this help", _SESSION)

LIVE = (
    Action("test.setup", "setup", "e", "e", "test", "Set up a test: site, side, manoeuvre, attempts", _TEST, 2),
    Action("test.side", "side", "l", "l", "other side", "Test the other side", _TEST, 7),
    Action("test.visit", "visit", "v", "v", "visit", "The patient's code, diagnosis, medication", _TEST, 8),
    Action("test.scale", "scale_by", "c", "c", "scale", "Choose the rule set that results are graded by", _TEST),
    Action("test.answers", "answers", "d", "d", "answer", "Answer the questions of the rule set", _TEST),
    Action("trial.arm", "arm", "space", "space", "arm", "Arm a trial, or call it off", _TRIAL, 1),
    Action("trial.go_on", "go_on", "f5", "F5", "go on", "One key for a pedal: arm, or accept the result", _TRIAL),
    Action("trial.stretched", "stretched", "h", "h", "stretched", "Say that the stretch is now", _TRIAL),
    Action("trial.swap", "swap", "y", "y", "swap sides", "The other side was meant", _TRIAL),
    Action("trial.repeat", "repeat", "r", "r", "repeat", "Do the trial once more; its figures do not count", _TRIAL),
    Action("trial.pain", "pain", "p", "0-9 p", "pain", "Pain: a digit (1 and at once 0 is 10), or p asks", _TRIAL),
    Action("trial.override", "override", "o", "o", "own grade", "Give a grade of your own, with a reason", _TRIAL),
    Action("trial.spasm", "flag('spasm')", "S", "S", "spasm", "A spasm interfered, or not", _TRIAL),
    Action("trial.voluntary", "flag('voluntary')", "V", "V", "voluntary", "The patient moved, or not", _TRIAL),
    Action("trial.mark", "mark", "m", "m", "mark", "Mark this moment", _TRIAL, 3),
    Action("trial.undo", "undo", "u", "u", "undo", "Take back the last mark, verdict, note or word", _TRIAL, 10),
    *_LIVE_EPISODES,
    Action("episode.previous", "episode(-1)", "left_square_bracket", "[", "older", "Choose an older one", _EPISODE),
    Action("episode.next", "episode(1)", "right_square_bracket", "]", "newer", "Choose a newer one", _EPISODE),
    Action("view.freeze", "freeze", "f", "f", "freeze", "Freeze the view; recording goes on", _VIEW, 9),
    *_LOOKS,
    Action("sensor.mute", "mute", "s", "s", "mute", "Mute the chosen sensor, or hear it again", _SENSOR, 12),
    Action("fault.list", "faults", "w", "w", "faults", "List what is wrong, and what came and went unseen", _FAULT, 9),
    Action("fault.seen", "faults_seen", "i", "i", "seen", "Say that all faults were seen; they stay on", _FAULT),
    *_ALWAYS,
    Action("app.bell", "bell", "b", "b", "bell", "Ring the bell at each new episode, or not", _SESSION, 13),
    _HELP,
    Action("session.end", "end", "q,ctrl+q", "q", "end", "End the session", _SESSION, 4),
)

REPLAY = (
    Action("play.toggle", "play", "space", "space", "play", "Play or pause", _PLAY, 1),
    Action("play.faster", "speed(1)", "greater_than_sign", ">", "faster", "Play faster, up to 16x", _PLAY),
    Action("play.slower", "speed(-1)", "less_than_sign", "<", "slower", "Play slower, down to 0.25x", _PLAY),
    Action("play.back", "seek(-1)", "left", "←", "1 s back", "Go back by 1 s", _PLAY, 6),
    Action("play.on", "seek(1)", "right", "→", "1 s on", "Go on by 1 s", _PLAY, 7),
    Action("play.far_back", "seek(-10)", "shift+left", "shift ←", "10 s back", "Go back by 10 s", _PLAY),
    Action("play.far_on", "seek(10)", "shift+right", "shift →", "10 s on", "Go on by 10 s", _PLAY),
    Action("play.beat_back", "beat(-1)", "comma", ",", "beat", "Go to the beat before", _PLAY),
    Action("play.beat_on", "beat(1)", "full_stop", ".", "beat", "Go to the next beat", _PLAY, 8),
    Action("play.mark_back", "to_mark(-1)", "left_curly_bracket", "{", "mark", "Go to the mark before", _PLAY),
    Action("play.mark_on", "to_mark(1)", "right_curly_bracket", "}", "mark", "Go to the next mark", _PLAY),
    Action("play.begin", "begin", "home", "Home", "begin", "Go to the beginning", _PLAY),
    Action("play.end", "finish", "end", "End", "end", "Go to the end", _PLAY),
    Action("episode.previous", "episode(-1)", "left_square_bracket,p", "[", "before", "Go to the one before", _EPISODE),
    Action("episode.next", "episode(1)", "right_square_bracket", "]", "episode", "Go to the next episode", _EPISODE, 2),
    *_EPISODES,
    Action("episode.undo", "undo", "u", "u", "undo", "Take back the last verdict or note", _EPISODE),
    Action("view.review", "review", "v", "v", "review", "Look at trials and episodes, correct them", _VIEW, 4),
    *_LOOKS,
    *_ALWAYS,
    _HELP,
    Action("session.close", "close", "q,ctrl+q", "q", "close", "Close the recording", _SESSION, 3),
)  # fmt: skip

REVIEW = (
    Action("play.toggle", "play", "space", "space", "play", "Play or pause", _PLAY, 1),
    *(
        Action(f"play.speed_{k}", f"at_speed({speed})", str(k), str(k), f"{speed:g}x", f"Play at {speed:g}x", _PLAY)
        for k, speed in enumerate((0.25, 0.5, 1.0, 2.0, 4.0), start=1)
    ),
    Action("play.back", "seek(-0.02)", "left", "←", "back", "Go back by 0.02 s", _PLAY),
    Action("play.on", "seek(0.02)", "right", "→", "on", "Go on by 0.02 s", _PLAY),
    Action("play.far_back", "seek(-1)", "shift+left", "shift ←", "1 s back", "Go back by 1 s", _PLAY),
    Action("play.far_on", "seek(1)", "shift+right", "shift →", "1 s on", "Go on by 1 s", _PLAY),
    Action("play.beat_back", "beat(-1)", "comma", ",", "beat", "Go to the beat before", _PLAY),
    Action("play.beat_on", "beat(1)", "full_stop", ".", "beat", "Go to the next beat", _PLAY, 7),
    Action("play.mark_back", "to_mark(-1)", "left_curly_bracket", "{", "mark", "Go to the mark before", _PLAY),
    Action("play.mark_on", "to_mark(1)", "right_curly_bracket", "}", "mark", "Go to the next mark", _PLAY),
    Action("play.begin", "begin", "home", "Home", "begin", "Go to the beginning", _PLAY),
    Action("play.end", "finish", "end", "End", "end", "Go to the end", _PLAY),
    Action("row.previous", "row(-1)", "left_square_bracket,up,p", "[", "before", "Choose the row before", _EPISODE),
    Action("row.next", "row(1)", "right_square_bracket,down", "]", "next", "Choose the next row", _EPISODE, 2),
    *_EPISODES,
    Action("episode.undo", "undo", "u", "u", "undo", "Take back the last verdict, note or correction", _EPISODE, 6),
    Action("correct.edges", "edges", "e", "e", "edges", "Move onset or offset; e takes the other one", _CORRECT, 8),
    Action("correct.split", "split", "s", "s", "split", "Split the episode here", _CORRECT, 9),
    Action("correct.join", "join", "j", "j", "join", "Join the episode with the next of its sensor", _CORRECT, 10),
    Action("correct.add", "add", "a", "a", "add", "Add an episode that was missed, from here on", _CORRECT, 11),
    Action("correct.beat", "put_beat", "b", "b", "beat", "Put a beat here", _CORRECT),
    Action("correct.drop", "drop_beat", "d,delete", "d", "drop beat", "Take the beat here away", _CORRECT),
    Action("correct.restore", "restore", "r", "r", "restore", "Let what the detector found stand again", _CORRECT),
    Action("correct.leave", "leave_mode", "escape", "esc", "leave", "Leave edges or adding without a change", _CORRECT),
    Action("view.overlay", "overlay", "o", "o", "overlay", "Lay the other side over it, stretch on stretch", _VIEW, 12),
    Action("view.compare", "compare", "c", "c", "compare", "Compare with the live session, or re-analyse", _VIEW, 13),
    Action("view.board", "board", "v", "v", "board", "Show all sensors on the board again", _VIEW, 5),
    Action("view.zoom_in", "zoom(-1)", "plus,equals_sign", "+", "zoom in", "Show fewer seconds", _VIEW),
    Action("view.zoom_out", "zoom(1)", "minus", "-", "zoom out", "Show more seconds", _VIEW),
    Action("sensor.next", "sensor(1)", "tab", "tab", "sensor", "Look at the next sensor at this time", _SENSOR),
    Action("sensor.previous", "sensor(-1)", "shift+tab", "shift tab", "sensor", "Look at the sensor before", _SENSOR),
    *_ALWAYS,
    Action("session.report", "report", "R", "R", "report", "Write the report of this session", _SESSION, 6),
    _HELP,
    Action("session.close", "close", "q,ctrl+q", "q", "close", "Close the recording", _SESSION, 3),
)  # fmt: skip

HOME = (
    Action("home.open", "open", "enter", "enter", "open", "Open the session, or list all of the code", _SESSION, 1),
    Action("home.new", "new", "n", "n", "new", "Start a session, for the chosen code", _SESSION, 2),
    Action("home.continue", "go_on", "c", "c", "continue", "Go on from the chosen session in a new one", _SESSION, 4),
    Action("home.stream", "stream", "o", "o", "stream", "Open a stream or a recording by its path", _SESSION, 6),
    Action("home.kits", "kits", "k", "k", "kits", "Start a session with a kit", _SESSION, 7),
    Action("home.sensors", "sensors", "s", "s", "sensors", "Choose, place and try the sensors around us", _SESSION, 9),
    Action("home.demo", "demo", "d", "d", "demo", "Watch the first simulated session", _SESSION, 8),
    Action("home.search", "search", "slash", "/", "search", "Find sessions by code, date, limb, grade", _LIBRARY, 3),
    Action("home.trend", "trend", "t", "t", "trend", "Compare the sessions of the chosen code", _LIBRARY, 10),
    Action("home.copy", "copy", "y", "y", "copy", "Copy the chosen session to another place", _LIBRARY, 12),
    Action("home.export", "export", "e", "e", "export", "Write the chosen session in another format", _LIBRARY, 11),
    Action("home.delete", "delete", "x,delete", "x", "delete", "Move the chosen session to the trash", _LIBRARY, 13),
    Action("home.undo", "undo", "u", "u", "undo", "Bring back the session that was deleted last", _LIBRARY, 14),
    Action("home.everything", "everything", "escape", "esc", "all", "End the search", _LIBRARY),
    Action("home.next", "move(1)", "down,tab", "↓", "next", "Choose the next one", _LIBRARY),
    Action("home.previous", "move(-1)", "up,shift+tab", "↑", "previous", "Choose the one before", _LIBRARY),
    Action("home.page_down", "page(1)", "pagedown", "PgDn", "page", "Choose one a page further down", _LIBRARY),
    Action("home.page_up", "page(-1)", "pageup", "PgUp", "page", "Choose one a page further up", _LIBRARY),
    Action("home.first", "edge(-1)", "home", "Home", "first", "Choose the first one", _LIBRARY),
    Action("home.last", "edge(1)", "end", "End", "last", "Choose the last one", _LIBRARY),
    Action("home.theme", "theme", "T", "T", "theme", "Change the theme", _VIEW),
    Action("home.glyphs", "glyphs", "g", "g", "glyphs", "Draw with braille, blocks or ASCII", _VIEW),
    _HELP,
    Action("home.quit", "quit", "q,ctrl+q", "q", "quit", "Leave Clonoscope", _SESSION, 5),
)  # fmt: skip

SENSORS = (
    Action("sensors.place", "place", "enter", "enter", "place", "Say where the sensor is worn", _SENSOR, 2),
    Action("sensors.choose", "choose", "space", "space", "choose", "Let it take part, or leave it out", _SENSOR, 1),
    Action("sensors.blink", "blink", "b", "b", "blink", "Make it blink (or shake it: its row lights up)", _SENSOR, 6),
    Action("sensors.rate", "rate", "r", "r", "rate", "Take the next rate that it offers", _SENSOR, 7),
    Action("sensors.next", "move(1)", "down,tab", "↓", "next", "Choose the next row", _SENSOR),
    Action("sensors.previous", "move(-1)", "up,shift+tab", "↑", "previous", "Choose the row before", _SENSOR),
    Action("sensors.visit", "visit", "v", "v", "visit", "The patient's code, diagnosis, medication", _SESSION, 8),
    Action("sensors.start", "start", "s", "s", "start", "Start a session with the chosen sensors", _SESSION, 3),
    Action("sensors.sync", "sync", "y", "y", "sync", "Have sensors that can agree on one clock do so", _SESSION, 9),
    Action("sensors.save", "save", "k", "k", "save", "Save the chosen sensors as a kit", _SESSION, 4),
    *_ALWAYS,
    _HELP,
    Action("sensors.back", "back", "q,escape,ctrl+q", "q", "back", "Leave without a session", _SESSION, 5),
)

TREND = (
    Action("trend.down", "scroll(1)", "down,j", "↓", "down", "Scroll down", _VIEW, 2),
    Action("trend.up", "scroll(-1)", "up,k", "↑", "up", "Scroll up", _VIEW),
    Action("trend.page_down", "page(1)", "pagedown,space", "PgDn", "page", "Scroll down by a page", _VIEW, 3),
    Action("trend.page_up", "page(-1)", "pageup", "PgUp", "page", "Scroll up by a page", _VIEW),
    Action("trend.limb", "limb", "tab", "tab", "next limb", "Go to the next limb", _VIEW, 4),
    *_ALWAYS,
    _HELP,
    Action("trend.back", "back", "q,escape,ctrl+q", "q", "back", "Close the trend", _SESSION, 1),
)


def bindings(actions: tuple[Action, ...]) -> list[BindingType]:
    """Return the bindings of a screen."""
    return [action.binding for action in actions]


DIGITS: list[BindingType] = [Binding(str(n), f"digit({n})", show=False) for n in range(10)]
"""Pain, while the result of a trial stands; they are one action for whoever reads the keys."""
_SHOWN = {
    "space": "space", "enter": "enter", "escape": "esc", "pagedown": "PgDn", "pageup": "PgUp", "question_mark": "?",
    "full_stop": ".", "comma": ",", "plus": "+", "minus": "-", "up": "↑", "down": "↓", "left": "←", "right": "→",
    "left_square_bracket": "[", "right_square_bracket": "]", "equals_sign": "=", "greater_than_sign": ">",
    "less_than_sign": "<",
}  # fmt: skip
"""How keys are written that are not their own name."""


def shown_as(key: str) -> str:
    """Return a key as it is written on the screen."""
    name = _SHOWN.get(key, key)
    return name.upper() if len(name) > 1 and name[0] == "f" and name[1:].isdigit() else name


def rekeyed(actions: tuple[Action, ...], keys: Mapping[str, str]) -> tuple[Action, ...]:
    """Return the actions with the operator's own keys, by the name of their action; a key that was given away is gone.

    An action whose keys are all given away keeps its place in the palette and is shown without a key.
    """
    mine = {action.name for action in actions} & keys.keys()
    given_away = {key for name in mine for key in keys[name].split(",")}
    found = []
    for action in actions:
        if action.name in mine:
            own = keys[action.name].split(",")
            found.append(replace(action, keys=",".join(own), shown=shown_as(own[0])))
            continue
        before = action.keys.split(",")
        left = [key for key in before if key not in given_away]
        shown = action.shown if before[0] in left else shown_as(left[0]) if left else ""
        found.append(replace(action, keys=",".join(left), shown=shown))
    return tuple(found)


def told_first(actions: tuple[Action, ...], now: Mapping[str, str]) -> tuple[Action, ...]:
    """Return the actions with those that matter `now` before all others, each called as it is called now."""
    order = list(now)
    return tuple(
        replace(a, text=now[a.name], rank=order.index(a.name) - len(order)) if a.name in now else a for a in actions
    )


def key_line(actions: tuple[Action, ...], width: int) -> list[Action]:
    """Return the actions that the line of keys has room for, in their rank; help is always the last."""
    ranked = sorted((a for a in actions if a.rank is not None and a.shown), key=lambda a: a.rank or 0)
    room = width - cells(_HELP) - 1
    kept = []
    for action in ranked:
        if cells(action) > room:
            break
        room -= cells(action)
        kept.append(action)
    return [*kept, _HELP]


def cells(action: Action) -> int:
    """Return the width of an action in the line of keys."""
    return len(action.shown) + len(action.text) + 4
