"""Parquet: columns of the kinds that they are, and a sentence where the package is missing."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from analysis.exports.format import ExportError, beside
from analysis.exports.parquet import FORMAT
from tests.analysis.exports.material import exported, opened


def test_columns_have_kinds_units_and_the_facts_of_the_session(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    FORMAT.write(exported(), path)
    schema = pyarrow.parquet.read_schema(path)
    assert schema.field("time_s").type == pa.float64()
    assert schema.field("gyro_x").metadata == {b"unit": b"deg/s"}
    facts = json.loads(schema.metadata[b"clonoscope"])
    assert {"about": "detector", "what": "name", "value": "beat-machine"} in facts
    trials = pyarrow.parquet.read_table(beside(path, "trials"))
    kinds = {name: trials.schema.field(name).type for name in ("pain", "beats_at_least", "angle_deg", "decay")}
    assert kinds == {"pain": pa.int64(), "beats_at_least": pa.bool_(), "angle_deg": pa.string(), "decay": pa.float64()}
    assert trials["angle_deg"].to_pylist() == [None]


def test_a_quantity_that_was_not_measured_is_null(tmp_path: Path) -> None:
    rows = "".join(f"{k / 100},hand,0,0,9.8\n" for k in range(300))
    (tmp_path / "a.csv").write_text(f"time_s,sensor,acc_x,acc_y,acc_z\n{rows}")
    FORMAT.write(opened(tmp_path / "a.csv"), tmp_path / "a.parquet")
    assert pyarrow.parquet.read_table(tmp_path / "a.parquet")["gyro_x"].null_count == 300


def test_without_its_package_one_sentence_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExportError, match=r"needs the package pyarrow, .*: pip install 'clonoscope\[formats\]'"):
        FORMAT.write(exported(), tmp_path / "a.parquet")
