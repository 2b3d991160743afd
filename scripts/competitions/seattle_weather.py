"""Makes the competition `seattle-weather` from the table seattle-weather.csv of vega-datasets.

The answer of a day is the maximum temperature of the day after it, and weather of one day is
told by the days around it. So the two parts are kept apart in time and the test days are spread:

* Training: every day of 2012 and 2013 whose next day lies in those years too.
* Test: one day a week in 2014 and 2015. A row shows that day and the one before; the next day
  is the answer; the four days after that are shown nowhere.

No answer can therefore be read from any public file, and the first day that another row shows
after an answer comes five days later. That far ahead a look into the future no longer helps: a
linear model over all test days had RMSE 2.70 without it and 2.70 with it (2.15 when the day right
after the answer was shown).
"""

from __future__ import annotations

import csv
import io
import tarfile
from datetime import date, timedelta
from pathlib import Path

from common import SplitMix64, mark_usage, number_rows, read_source, write_csv

ID = "seattle-weather"
SEED = 20120101
PACKAGE = "vega-datasets-3.2.1.tgz"
MEMBER = "package/data/seattle-weather.csv"
TABLE = "seattle-weather.csv"
SHA256 = "0845078a290b48e3149ab8639966824110a251db4e06fc144c06ebb534af23be"
HOW = "Get it with `npm pack vega-datasets@3.2.1`."

MEASURED = ["precipitation", "temp_max", "temp_min", "wind", "weather"]
TARGET = "next_temp_max"
FIRST_TEST_DAY = date(2014, 1, 2)
WEEK = timedelta(days=7)
DAY = timedelta(days=1)
COLUMNS = ["id", "date", *MEASURED, *[f"previous_{name}" for name in MEASURED]]


def row_of(days: dict[date, dict], day: date) -> dict:
    """What is known on the evening of `day`, and the answer."""
    row: dict = {"date": day.isoformat(), TARGET: days[day + DAY]["temp_max"]}
    for name in MEASURED:
        row[name] = days[day][name]
        row[f"previous_{name}"] = days[day - DAY][name]
    return row


def make(sources: Path, out: Path) -> None:
    table = sources / TABLE
    if not table.exists() and (sources / PACKAGE).exists():
        with tarfile.open(sources / PACKAGE) as tar:
            member = tar.extractfile(MEMBER)
            if member is not None:
                table.write_bytes(member.read())
    text = read_source(table, SHA256, HOW).decode("utf-8")
    days = {date.fromisoformat(row["date"]): row for row in csv.DictReader(io.StringIO(text))}

    first = min(days)
    train = [row_of(days, day) for day in sorted(days) if day > first and day + DAY < date(2014, 1, 1)]
    test = []
    # A row shows the day before as well, so the first test day is a day later than the first shown one.
    day = FIRST_TEST_DAY + DAY
    while day + DAY in days:
        test.append(row_of(days, day))
        day += WEEK

    random = SplitMix64(SEED)
    number_rows(train + test, "W", random)
    # Public and private weeks are mixed, so that both hold every season.
    mark_usage(test, random.shuffled(test)[: len(test) // 2])

    # A constant that needs no answer: the mean of the training targets.
    constant = f"{sum(float(row[TARGET]) for row in train) / len(train):.1f}"
    write_csv(out / "data/train.csv", [*COLUMNS, TARGET], train)
    write_csv(out / "data/test.csv", COLUMNS, test)
    write_csv(out / "data/sample_submission.csv", ["id", TARGET], [{"id": row["id"], TARGET: constant} for row in test])
    write_csv(out / "private/answers.csv", ["id", TARGET, "Usage"], test)
