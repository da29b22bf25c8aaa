"""The page that explains the detector shows what the detector does, and its pictures can be read."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from analysis.bearing import REMEMBERED_S
from analysis.crosstalk import BEATS_COMPARED, ECHO_SHARE
from analysis.evidence import FASTEST_LIMB_HZ, SLOWEST_LIMB_HZ
from analysis.faint import SETTLED
from analysis.parameters import LIMBS
from analysis.session import PATIENCE_S
from analysis.tones import LONG, SHORT
from tests.benchmarks.detection.one_channel import changes
from tests.benchmarks.pictures import page, scenes
from tests.benchmarks.pictures.__main__ import PAGE, make
from tests.benchmarks.pictures.panel import Panel
from tests.benchmarks.pictures.pictures import Picture, pictures

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
NEAR_PX = 0.3
"""Another processor may round a coordinate the other way; what is written must be the same to the letter."""
WIDE_EM = 0.57
"""A letter's usual width in a wide typeface."""
COUNTED = {3: "three", 4: "four", 7: "seven", 8: "eight"}


@pytest.fixture(scope="module")
def made() -> list[Picture]:
    return list(pictures())


def words_of(svg: str) -> list[ET.Element]:
    return [element for element in ET.fromstring(svg).iter() if element.tag.endswith("text")]  # noqa: S314


def box(element: ET.Element) -> tuple[float, float, float, float]:
    """Left, right, top and bottom of written words."""
    size, words = float(element.attrib["font-size"]), element.text or ""
    wide = len(words) * size * WIDE_EM
    left = float(element.attrib["x"]) - {"start": 0.0, "middle": 0.5, "end": 1.0}[element.attrib["text-anchor"]] * wide
    return left, left + wide, float(element.attrib["y"]) - 0.75 * size, float(element.attrib["y"]) + 0.2 * size


def panels(picture: Picture) -> list[Panel]:
    return [panel for _, part in picture.parts for panel in part]


def test_the_page_and_its_pictures_are_what_the_detector_gives_now(made: list[Picture]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    for picture in made:
        kept, fresh = (PAGE.with_suffix("") / f"{picture.name}.svg").read_text(encoding="utf-8"), picture.drawn()
        assert [e.text for e in words_of(kept)] == [e.text for e in words_of(fresh)], picture.name
        assert NUMBER.split(kept) == NUMBER.split(fresh), picture.name
        apart = np.array([[float(n) for n in NUMBER.findall(svg)] for svg in (kept, fresh)])
        assert np.abs(apart[0] - apart[1]).max() <= NEAR_PX, picture.name
        assert page.put(text, picture, PAGE.stem) == text, picture.name


def test_no_picture_is_left_over(made: list[Picture]) -> None:
    assert {path.stem for path in PAGE.with_suffix("").iterdir()} == {picture.name for picture in made}


def test_a_picture_is_the_same_each_time(made: list[Picture]) -> None:
    assert next(pictures()).drawn() == made[0].drawn()


def test_what_is_drawn_is_what_is_told_when_nobody_listens_in() -> None:
    for scene in (scenes.clonus(), scenes.noise()):
        told, overheard = (
            [(c.change, c.at_s, c.episode.beat_times_s, c.episode.confidence) for c in each]
            for each in (changes(scene.worn), scene.heard.changes)
        )
        assert told
        assert told == overheard


def test_a_beat_is_drawn_where_the_foot_turns_fastest_one_way_or_the_other(made: list[Picture]) -> None:
    for panel in (panel for picture in made for panel in panels(picture)):
        shown = panel.shown()
        side = np.sign(np.median(np.interp(panel.beats_s, panel.times_s, panel.values))) if panel.beats_s else 1.0
        inside = [at for at in panel.beats_s if panel.first_s + 0.05 < at < panel.last_s - 0.05]
        for beat_s in inside:
            near = np.abs(shown.times_s - beat_s) < 0.08
            fastest_s = shown.times_s[near][(side * shown.values[near]).argmax()]
            assert fastest_s == pytest.approx(beat_s, abs=0.021)


def test_the_panels_of_a_picture_share_one_scale_of_seconds(made: list[Picture]) -> None:
    for picture in made:
        assert len({round(panel.last_s - panel.first_s, 6) for panel in panels(picture)}) == 1


def test_no_words_lie_over_others_or_outside_the_picture(made: list[Picture]) -> None:
    for picture in made:
        svg = picture.drawn()
        width, height = (float(ET.fromstring(svg).attrib[side]) for side in ("width", "height"))  # noqa: S314
        boxes = {(element.text, box(element)) for element in words_of(svg)}
        for words, (left, right, top, bottom) in boxes:
            assert left > 0.0, words
            assert right < width, words
            assert 0.0 < top < bottom < height, words
        for (one, a), (other, b) in combinations(boxes, 2):
            beside = a[1] <= b[0] or b[1] <= a[0] or a[3] <= b[2] or b[3] <= a[2]
            assert beside, f"{picture.name}: {one!r} lies over {other!r}"


def test_an_alarm_is_told_before_the_end_and_not_before_the_third_beat_rises(made: list[Picture]) -> None:
    for panel in (panel for picture in made for panel in panels(picture) if panel.moments and panel.beats_s):
        rises_s = panel.beats_s[2] - 0.25 * (panel.beats_s[2] - panel.beats_s[1])
        seconds = [rises_s, *(moment.at_s for moment in panel.moments)]
        assert all(a < b for a, b in pairwise(seconds))


def test_what_the_text_says_of_a_picture_is_in_it(made: list[Picture]) -> None:
    verdicts = {picture.name: [verdict for verdict, _ in picture.parts] for picture in made}
    (rebound,), (tapping,) = verdicts["rebound"], verdicts["slow-tapping"]
    assert not rebound.alarm
    assert not tapping.alarm
    assert tapping.why.startswith("against it: it is slower than most clonus")
    jiggling, tapped = verdicts["look-alikes"]
    assert jiggling.alarm
    assert "called rhythmic movement" in jiggling.found
    assert tapped.alarm
    assert "called clonus" in tapped.found
    noise = scenes.noise()
    assert noise.told.episode.beats != noise.beats_made


def test_the_figures_in_the_text_are_the_detectors() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    text = " ".join(line for line in lines if not line.startswith("!["))
    limits, going_on = LIMBS.limits, LIMBS.continuity
    for figure in (
        f"When {COUNTED[LIMBS.fewest]} beats have followed",
        f"{1.0 / limits.max_s:.0f} to {int(1.0 / limits.min_s)} a second",
        f"up to {PATIENCE_S} seconds",
        f"single beats that swing under {LIMBS.floor_dps:.0f} degrees per second are not believed",
        f"{SLOWEST_LIMB_HZ} to {FASTEST_LIMB_HZ} beats a second",
        f"above {LIMBS.fast_hz} the swings must reach {LIMBS.fast_floor_dps:.0f} degrees per second",
        f"an alarm needs {LIMBS.surety:.2f}",
        f"before, {LIMBS.restless_surety:.2f} from single beats, or {LIMBS.faint_surety:.2f} from the tone",
        f"starts again within {REMEMBERED_S:.0f} seconds",
        f"by more than {LIMBS.provocation.least_deg:.0f} degrees",
        f"{COUNTED[3].capitalize()} beats and {COUNTED[8]} are weighed differently",
        f"the last {COUNTED[int(SHORT)]} periods, and of the last {COUNTED[int(LONG)]}",
        f"under {100 * ECHO_SHARE:.0f} % of the size",
        f"the newest {COUNTED[BEATS_COMPARED]} beats",
    ):
        assert figure in text
    assert round(1.0 / LIMBS.listen_s) == 10
    assert 2.0 < going_on.apart < 3.0 < going_on.apart + SETTLED + 0.5


def test_a_page_without_a_place_for_a_picture_is_refused(made: list[Picture], tmp_path: Path) -> None:
    text = tmp_path / "page.md"
    text.write_text("nothing", encoding="utf-8")
    with pytest.raises(SystemExit, match="has no place for a picture"):
        make(text)
    assert text.read_text(encoding="utf-8") == "nothing"
    assert list(tmp_path.iterdir()) == [text]
    mark = page.begin(made[0].name)
    shown = page.put(f"before\n{mark}\nold\n{page.END}\nafter\n", made[0], "folder")
    assert shown == f"before\n{mark}\n\n![{made[0].caption}](folder/clonus.svg)\n\n{page.END}\nafter\n"
