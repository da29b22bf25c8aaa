"""Claims about what is put together before a screen opens."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tui.launch import reviewed


def test_a_replay_says_what_its_recording_was_mended_in(tmp_path: Path) -> None:
    times = np.cumsum(0.02 + np.random.default_rng(3).uniform(-0.004, 0.004, 400))
    rows = "".join(f"{t:.4f},left_hand,0.1,0.2,9.8,1,2,3\n" for t in times)
    path = tmp_path / "irregular.csv"
    path.write_text("time_s,sensor,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z\n" + rows)
    (notice,) = reviewed(path).snapshot_at(2.0).notices
    assert notice == "left hand: irregular time stamps, resampled evenly"
