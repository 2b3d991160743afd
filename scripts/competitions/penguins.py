"""Makes the competition `penguins` from the table of Debian's package r-cran-palmerpenguins."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from common import SplitMix64, mark_usage, number_rows, read_package, read_source, take_share, write_csv

ID = "penguins"
SEED = 20140305
PACKAGE = "r-cran-palmerpenguins_0.1.1-1_all.deb"
MEMBER = "./usr/lib/R/site-library/palmerpenguins/extdata/penguins.csv"
TABLE = "penguins.csv"
SHA256 = "f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93"
HOW = "Get it with `apt-get download r-cran-palmerpenguins`."

# Both bill measurements stay out: with them the species are told apart almost without error.
FEATURES = ["island", "flipper_length_mm", "body_mass_g", "sex", "year"]


def make(sources: Path, out: Path) -> None:
    table = sources / TABLE
    if not table.exists() and (sources / PACKAGE).exists():
        table.write_bytes(read_package(sources / PACKAGE, MEMBER, HOW))
    text = read_source(table, SHA256, HOW).decode("utf-8")
    rows = [{key: "" if value == "NA" else value for key, value in row.items()} for row in csv.DictReader(io.StringIO(text))]

    # The source lists species after species, so ids and order are drawn by lot.
    random = SplitMix64(SEED)
    number_rows(rows, "P", random)
    rows.sort(key=lambda row: row["id"])
    test_ids = {row["id"] for row in take_share(rows, 0.5, "species", random)}
    train = [row for row in rows if row["id"] not in test_ids]
    test = [row for row in rows if row["id"] in test_ids]
    mark_usage(test, take_share(test, 0.5, "species", random))

    write_csv(out / "data/train.csv", ["id", *FEATURES, "species"], train)
    write_csv(out / "data/test.csv", ["id", *FEATURES], test)
    write_csv(out / "data/sample_submission.csv", ["id", "species"], [{"id": row["id"], "species": "Adelie"} for row in test])
    write_csv(out / "private/answers.csv", ["id", "species", "Usage"], test)
