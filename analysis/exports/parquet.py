"""Parquet: all samples in one long table, and the tables of results beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from analysis.exports.format import EXTRA, UNITS, Exported, ExportError, Format, beside
from analysis.exports.tables import TABLES, Cell, Table, tables_of
from sensors.samples import Samples


def write(exported: Exported, path: Path) -> tuple[str, ...]:
    """Write the samples to `path`, sensor by sensor, and a table each beside it."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ModuleNotFoundError:
        raise ExportError(f"Parquet needs the package pyarrow, which is not installed: {EXTRA}") from None
    tables = tables_of(exported)
    schema = _schema(pa, next(table for table in tables if table.name == "session"))
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for samples in exported.samples:
            writer.write_table(_samples(pa, samples, schema))
    for table in tables:
        parquet.write_table(_results(pa, table), beside(path, table.name), compression="zstd")
    return ()


def _schema(pa: Any, session: Table) -> Any:
    """Return the columns of the samples; their unit and the facts of the session stand in their metadata."""
    columns = [pa.field("time_s", pa.float64(), metadata={"unit": "s"}), pa.field("sensor", pa.string())]
    columns += [
        pa.field(f"{quantity}_{axis}", pa.float32(), metadata={"unit": unit})
        for quantity, unit in UNITS.items()
        for axis in "xyz"
    ]
    facts = [dict(zip(session.columns, row, strict=True)) for row in session.rows]
    return pa.schema(columns, metadata={"clonoscope": json.dumps(facts, ensure_ascii=False)})


def _samples(pa: Any, samples: Samples, schema: Any) -> Any:
    count = len(samples)
    columns: list[Any] = [samples.times, pa.array([samples.name] * count, pa.string())]
    for values in (samples.acc, samples.gyro):
        columns += [pa.nulls(count, pa.float32())] * 3 if values is None else list(np.ascontiguousarray(values.T))
    return pa.table(columns, schema=schema)


def _results(pa: Any, table: Table) -> Any:
    """Return a table; a column of several kinds of value, or of none, is one of texts."""
    columns = {name: [row[place] for row in table.rows] for place, name in enumerate(table.columns)}
    return pa.table({name: pa.array(_alike(cells), _kind(pa, cells)) for name, cells in columns.items()})


def _kind(pa: Any, cells: list[Cell]) -> Any:
    match {type(cell) for cell in cells} - {type(None)}:
        case kinds if kinds == {bool}:
            return pa.bool_()
        case kinds if kinds == {int}:
            return pa.int64()
        case kinds if kinds in ({float}, {int, float}):
            return pa.float64()
    return pa.string()


def _alike(cells: list[Cell]) -> list[Cell]:
    kinds = {type(cell) for cell in cells} - {type(None)}
    if kinds <= {int, float} or kinds == {bool}:
        return cells
    return [None if cell is None else str(cell) for cell in cells]


FORMAT = Format(
    "parquet",
    "Parquet",
    (".parquet",),
    holds="samples in a long table, a column an axis; episodes, trials with grades, events and session in a file each",
    lacks="lost samples as rows (they are steps of time_s, and events); it is not read again here",
    write=write,
    beside=TABLES,
)
