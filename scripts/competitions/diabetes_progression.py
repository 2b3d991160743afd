"""Makes the competition `diabetes-progression` from the table of Efron and others (2004) in python3-sklearn."""

from __future__ import annotations

import gzip
from pathlib import Path

from common import SplitMix64, mark_usage, number_rows, take_share, write_csv
from sklearn_package import read_table

ID = "diabetes-progression"
SEED = 20040401
# The measurements as they were taken; scikit-learn's loader standardises them by default.
FEATURE_TABLE = "diabetes_data_raw.csv.gz"
FEATURE_SHA256 = "fc08fc59c1cbfe65550d9ebb36321d505de9e8f004bf92c1566d2908962f08ff"
TARGET_TABLE = "diabetes_target.csv.gz"
TARGET_SHA256 = "bf1ddd1f9d377278450a5f02c24b5e77b1501f2ad673fe9fdf4c4090d27eb5cc"

# The source calls the last six s1 to s6.
FEATURES = ["age", "sex", "bmi", "blood_pressure", "cholesterol", "ldl", "hdl", "cholesterol_ratio", "log_triglycerides", "glucose"]
TARGET = "progression"
# Rows are drawn from each quarter of the target alike, so that both halves are equally hard.
PARTS = 4


def make(sources: Path, out: Path) -> None:
    features = gzip.decompress(read_table(sources, FEATURE_TABLE, FEATURE_SHA256)).decode("ascii").splitlines()
    targets = gzip.decompress(read_table(sources, TARGET_TABLE, TARGET_SHA256)).decode("ascii").splitlines()
    rows: list[dict] = [
        # The source writes some numbers with all the digits of a double (5.3660000000000005).
        {**{name: f"{float(value):.10g}" for name, value in zip(FEATURES, line.split())}, TARGET: int(float(target))}
        for line, target in zip(features, targets)
    ]

    random = SplitMix64(SEED)
    number_rows(rows, "A", random)
    for rank, row in enumerate(sorted(rows, key=lambda row: (row[TARGET], row["id"]))):
        row["part"] = rank * PARTS // len(rows)
    rows.sort(key=lambda row: row["id"])
    test_ids = {row["id"] for row in take_share(rows, 0.5, "part", random)}
    train = [row for row in rows if row["id"] not in test_ids]
    test = [row for row in rows if row["id"] in test_ids]
    mark_usage(test, take_share(test, 0.5, "part", random))

    # A constant that needs no answer: the mean of the training targets.
    constant = f"{sum(row[TARGET] for row in train) / len(train):.1f}"
    write_csv(out / "data/train.csv", ["id", *FEATURES, TARGET], train)
    write_csv(out / "data/test.csv", ["id", *FEATURES], test)
    write_csv(out / "data/sample_submission.csv", ["id", TARGET], [{"id": row["id"], TARGET: constant} for row in test])
    write_csv(out / "private/answers.csv", ["id", TARGET, "Usage"], test)
