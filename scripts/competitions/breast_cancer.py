"""Makes the competition `breast-cancer` from the Wisconsin Diagnostic Breast Cancer table in python3-sklearn."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from common import SplitMix64, mark_usage, number_rows, take_share, write_csv
from sklearn_package import read_table

ID = "breast-cancer"
SEED = 19951101
TABLE = "breast_cancer.csv"
SHA256 = "fed3eb72d0575ef6192293f5093c6e801b1476b577d0386bf4455504522172ed"

# The table's order: ten measurements, each as mean, standard error and mean of the three largest.
MEASURED = [
    "radius", "texture", "perimeter", "area", "smoothness",
    "compactness", "concavity", "concave_points", "symmetry", "fractal_dimension",
]
SUMMARIES = ["mean", "se", "worst"]
# Size and dents of the nuclei stay out: with them nearly every model ranks all but perfectly
# (ROC AUC above 0.99), and a board would show chance alone.
KEPT = ["texture", "smoothness", "compactness", "symmetry", "fractal_dimension"]
FEATURES = [f"{measurement}_{summary}" for measurement in KEPT for summary in SUMMARIES]
TARGET = "malignant"


def make(sources: Path, out: Path) -> None:
    lines = list(csv.reader(io.StringIO(read_table(sources, TABLE, SHA256).decode("ascii"))))
    columns = [f"{measurement}_{summary}" for summary in SUMMARIES for measurement in MEASURED]
    rows = []
    for line in lines[1:]:
        row: dict = dict(zip(columns, line))
        # The source says 0 for malignant and 1 for benign; here 1 is what is looked for.
        row[TARGET] = 1 - int(line[len(columns)])
        rows.append(row)

    random = SplitMix64(SEED)
    number_rows(rows, "B", random)
    rows.sort(key=lambda row: row["id"])
    test_ids = {row["id"] for row in take_share(rows, 0.5, TARGET, random)}
    train = [row for row in rows if row["id"] not in test_ids]
    test = [row for row in rows if row["id"] in test_ids]
    mark_usage(test, take_share(test, 0.5, TARGET, random))

    write_csv(out / "data/train.csv", ["id", *FEATURES, TARGET], train)
    write_csv(out / "data/test.csv", ["id", *FEATURES], test)
    write_csv(out / "data/sample_submission.csv", ["id", TARGET], [{"id": row["id"], TARGET: 0.5} for row in test])
    write_csv(out / "private/answers.csv", ["id", TARGET, "Usage"], test)
