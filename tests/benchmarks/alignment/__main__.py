"""`python -m tests.benchmarks.alignment`: print the table of errors for docs/performance.md."""

from __future__ import annotations

import numpy as np

from tests.benchmarks.alignment.case import run, with_seed
from tests.benchmarks.alignment.cases import EVERY

SEEDS = range(1, 4)


def main() -> None:
    """Print each case as it is measured."""
    print("| Clock and radio | constant delay | median | 95th percentile | largest | said |\n|---|---|---|---|---|---|")
    for case in EVERY:
        runs = [run(with_seed(case, seed)) for seed in SEEDS]
        constant = 1e3 * max(each.constant_s for each in runs)
        astray = 1e3 * np.concatenate([each.astray_s for each in runs])
        said = 1e3 * np.median(np.concatenate([each.said_s for each in runs]))
        median, p95 = np.percentile(astray, [50, 95])
        figures = f"{constant:+.1f} ms | {median:.1f} ms | {p95:.1f} ms | {astray.max():.1f} ms | ±{said:.1f} ms"
        print(f"| {case.name} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
