#!/usr/bin/env python3
"""Runs the reference solutions of the bundled competitions and writes their leaderboards.

    board.py [--only ID] [--cli FILE] [--dry-run]

Every solution trains on data/train.csv, predicts data/test.csv and is graded by Podium's own
grader (`node dist/cli.js grade`): `score` is over all test rows, `public` and `private` over
theirs, so that a run's score is compared over the rows it was graded on. Scores are written in
full: the same predictions tie. Needs pandas, scikit-learn and a build.
The solutions are plain and fixed beforehand; where one is tuned, it is by cross-validation on the
training set. None was chosen by its score here.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Callable

import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import (
    ExtraTreesClassifier, GradientBoostingClassifier, HistGradientBoostingRegressor, RandomForestClassifier,
    RandomForestRegressor, VotingClassifier, VotingRegressor,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LassoCV, LinearRegression, LogisticRegression, LogisticRegressionCV, RidgeCV
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.naive_bayes import ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

ROOT = Path(__file__).resolve().parents[2]
COMPETITIONS = ROOT / "media" / "competitions"

Solutions = dict[str, Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]]


# Penguins

PENGUIN_CATEGORIES = ["island", "sex"]
PENGUIN_NUMBERS = ["flipper_length_mm", "body_mass_g", "year"]


def penguin(model, features=PENGUIN_CATEGORIES + PENGUIN_NUMBERS):
    """Fits `model` on imputed, scaled numbers and one-hot categories."""

    def solve(train: pd.DataFrame, test: pd.DataFrame) -> pd.DataFrame:
        categories = [name for name in PENGUIN_CATEGORIES if name in features]
        numbers = [name for name in PENGUIN_NUMBERS if name in features]
        prepare = make_column_transformer(
            (make_pipeline(SimpleImputer(strategy="constant", fill_value="unknown"), OneHotEncoder(handle_unknown="ignore")), categories),
            (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
            sparse_threshold=0,
        )
        fitted = make_pipeline(prepare, model).fit(train, train["species"])
        return pd.DataFrame({"id": test["id"], "species": fitted.predict(test)})

    return solve


def most_frequent(train: pd.DataFrame, test: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"id": test["id"], "species": train["species"].mode()[0]})


def by_island(train: pd.DataFrame, test: pd.DataFrame) -> pd.DataFrame:
    common = train.groupby("island")["species"].agg(lambda values: values.mode()[0])
    return pd.DataFrame({"id": test["id"], "species": test["island"].map(common)})


PENGUINS: Solutions = {
    "Most frequent species": most_frequent,
    "Most frequent species of the island": by_island,
    "Nearest neighbours, k = 5": penguin(KNeighborsClassifier(5)),
    "Naive Bayes on the two measurements": penguin(GaussianNB(), ["flipper_length_mm", "body_mass_g"]),
    "Decision tree, depth 4": penguin(DecisionTreeClassifier(max_depth=4, random_state=0)),
    "Logistic regression": penguin(LogisticRegression(max_iter=1000)),
    "Logistic regression, balanced classes": penguin(LogisticRegression(max_iter=1000, class_weight="balanced")),
    "Logistic regression, products of features": penguin(
        make_pipeline(PolynomialFeatures(2, interaction_only=True), LogisticRegressionCV(max_iter=5000, scoring="f1_macro", cv=5))
    ),
    "Support vector machine": penguin(SVC()),
    "Support vector machine, tuned": penguin(
        GridSearchCV(SVC(class_weight="balanced"), {"C": [0.3, 1, 3, 10, 30, 100], "gamma": [0.03, 0.1, 0.3, "scale"]}, scoring="f1_macro", cv=5)
    ),
    "Random forest": penguin(RandomForestClassifier(300, random_state=0)),
    "Extra trees, balanced classes": penguin(ExtraTreesClassifier(300, class_weight="balanced", random_state=0)),
    "Gradient boosting": penguin(GradientBoostingClassifier(random_state=0)),
    "Logistic regression, forest and support vectors, averaged": penguin(
        VotingClassifier(
            [
                ("linear", LogisticRegression(max_iter=1000)),
                ("forest", RandomForestClassifier(300, random_state=0)),
                ("support", SVC(probability=True, random_state=0)),
            ],
            voting="soft",
        )
    ),
}


# Seattle weather

def weather_features(rows: pd.DataFrame) -> pd.DataFrame:
    """Season as two waves, both days' measurements, their differences, and the kind of weather."""
    day = pd.to_datetime(rows["date"]).dt.dayofyear * (2 * np.pi / 365.25)
    features = pd.DataFrame({f"{wave.__name__}{k}": wave(k * day) for k in (1, 2) for wave in (np.sin, np.cos)})
    for prefix in ("", "previous_"):
        for name in ("temp_max", "temp_min", "wind"):
            features[prefix + name] = rows[prefix + name]
        features[prefix + "rain"] = np.log1p(rows[prefix + "precipitation"])
        for kind in ("rain", "sun", "fog"):
            features[f"{prefix}is_{kind}"] = (rows[prefix + "weather"] == kind).astype(float)
    features["warming"] = rows["temp_max"] - rows["previous_temp_max"]
    features["span"] = rows["temp_max"] - rows["temp_min"]
    return features


def forecast(model, change=False, only=None):
    """Fits `model` to tomorrow's maximum or, with `change`, to its change against today."""

    def solve(train: pd.DataFrame, test: pd.DataFrame) -> pd.DataFrame:
        known, asked = weather_features(train), weather_features(test)
        if only is not None:
            known, asked = known[only], asked[only]
        offset = (train["temp_max"], test["temp_max"]) if change else (0, 0)
        model.fit(known, train["next_temp_max"] - offset[0])
        return pd.DataFrame({"id": test["id"], "next_temp_max": model.predict(asked) + offset[1]})

    return solve


def constant(train: pd.DataFrame, test: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"id": test["id"], "next_temp_max": train["next_temp_max"].mean()})


def month_mean(train: pd.DataFrame, test: pd.DataFrame) -> pd.DataFrame:
    means = train.groupby(train["date"].str[5:7])["next_temp_max"].mean()
    return pd.DataFrame({"id": test["id"], "next_temp_max": test["date"].str[5:7].map(means)})


def same_as_today(train: pd.DataFrame, test: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"id": test["id"], "next_temp_max": test["temp_max"]})


SEASON = ["sin1", "cos1", "sin2", "cos2"]
WEATHER: Solutions = {
    "Mean of all days": constant,
    "Mean of the month": month_mean,
    "Season only, linear": forecast(LinearRegression(), only=SEASON),
    "Same as today": same_as_today,
    "Today's maximum, linear": forecast(LinearRegression(), only=["temp_max"]),
    "Season and today's maximum, linear": forecast(LinearRegression(), only=[*SEASON, "temp_max"]),
    "Ridge on all features": forecast(make_pipeline(StandardScaler(), RidgeCV(np.logspace(-2, 3, 20)))),
    "Lasso on all features": forecast(make_pipeline(StandardScaler(), LassoCV(cv=TimeSeriesSplit(5), random_state=0))),
    "Decision tree, depth 4": forecast(DecisionTreeRegressor(max_depth=4, random_state=0)),
    "Nearest neighbours, k = 15": forecast(make_pipeline(StandardScaler(), KNeighborsRegressor(15))),
    "Random forest": forecast(RandomForestRegressor(300, min_samples_leaf=5, random_state=0)),
    "Gradient boosting, change against today": forecast(
        HistGradientBoostingRegressor(max_iter=100, learning_rate=0.05, max_leaf_nodes=8, random_state=0), change=True
    ),
    "Support vector regression": forecast(make_pipeline(StandardScaler(), SVR(C=10, epsilon=0.3, gamma=0.01))),
    "Gaussian process": forecast(
        make_pipeline(StandardScaler(), GaussianProcessRegressor(25 * RBF(10) + WhiteKernel(5), normalize_y=True, random_state=0))
    ),
    "Ridge, forest and support vectors, averaged": forecast(
        VotingRegressor(
            [
                ("ridge", make_pipeline(StandardScaler(), RidgeCV(np.logspace(-2, 3, 20)))),
                ("forest", RandomForestRegressor(300, min_samples_leaf=5, random_state=0)),
                ("support", make_pipeline(StandardScaler(), SVR(C=10, epsilon=0.3, gamma=0.01))),
            ]
        )
    ),
}


# Debian sections

def text_of(rows: pd.DataFrame) -> pd.Series:
    return rows["title"] + ". " + rows["description"]


def title_of(rows: pd.DataFrame) -> pd.Series:
    return rows["title"]


def words(**options):
    return TfidfVectorizer(sublinear_tf=True, min_df=2, stop_words="english", **options)


def letters(**options):
    return TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=3, max_features=60_000, **options)


def probabilities(test: pd.DataFrame, classes, values) -> pd.DataFrame:
    return pd.concat([test[["id"]].reset_index(drop=True), pd.DataFrame(values, columns=classes)], axis=1)


def section(vectors, model, text=text_of):
    def solve(train: pd.DataFrame, test: pd.DataFrame) -> pd.DataFrame:
        fitted = make_pipeline(vectors, model).fit(text(train), train["section"])
        return probabilities(test, fitted.classes_, fitted.predict_proba(text(test)))

    return solve


def even(train: pd.DataFrame, test: pd.DataFrame) -> pd.DataFrame:
    classes = sorted(train["section"].unique())
    return probabilities(test, classes, np.full((len(test), len(classes)), 1 / len(classes)))


def frequencies(train: pd.DataFrame, test: pd.DataFrame) -> pd.DataFrame:
    shares = train["section"].value_counts(normalize=True).sort_index()
    return probabilities(test, shares.index, np.tile(shares.to_numpy(), (len(test), 1)))


def blended(*solutions):
    def solve(train: pd.DataFrame, test: pd.DataFrame) -> pd.DataFrame:
        made = [solution(train, test).set_index("id") for solution in solutions]
        return (sum(table / len(made) for table in made)).reset_index()

    return solve


BOTH = make_union(words(ngram_range=(1, 2)), letters())
SECTIONS: Solutions = {
    "Equal probabilities": even,
    "Share of each section": frequencies,
    "Naive Bayes on title words": section(words(), MultinomialNB(alpha=0.1), title_of),
    "Naive Bayes on all words": section(words(), MultinomialNB(alpha=0.1)),
    "Complement naive Bayes, calibrated": section(words(), CalibratedClassifierCV(ComplementNB(alpha=0.3), cv=5)),
    "Logistic regression on title words": section(words(), LogisticRegression(C=5, max_iter=1000), title_of),
    "Logistic regression on all words": section(words(), LogisticRegression(C=5, max_iter=1000)),
    "Logistic regression on words and pairs of words": section(words(ngram_range=(1, 2)), LogisticRegression(C=10, max_iter=1000)),
    "Logistic regression on letters": section(letters(), LogisticRegression(C=5, max_iter=1000)),
    "Support vectors on all words, calibrated": section(words(), CalibratedClassifierCV(LinearSVC(C=0.3), cv=5)),
    "Support vectors on words and letters, calibrated": section(BOTH, CalibratedClassifierCV(LinearSVC(C=0.2), cv=5)),
    "Random forest on 100 topics": section(
        make_pipeline(words(), TruncatedSVD(100, random_state=0)), RandomForestClassifier(300, min_samples_leaf=2, random_state=0)
    ),
    "Small neural network on 200 topics": section(
        make_pipeline(words(), TruncatedSVD(200, random_state=0), StandardScaler()),
        MLPClassifier((64,), alpha=3, early_stopping=True, random_state=0),
    ),
    "Words and letters, linear models averaged": blended(
        section(words(ngram_range=(1, 2)), LogisticRegression(C=10, max_iter=1000)),
        section(letters(), LogisticRegression(C=5, max_iter=1000)),
        section(BOTH, CalibratedClassifierCV(LinearSVC(C=0.2), cv=5)),
    ),
}

BOARDS: dict[str, Solutions] = {"penguins": PENGUINS, "seattle-weather": WEATHER, "debian-sections": SECTIONS}


def grade(cli: Path, competition: str, submission: Path) -> dict:
    """What Podium's grader says of a file."""
    command = ["node", str(cli), "grade", str(submission), "--competition", str(COMPETITIONS / competition), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    result = json.loads(done.stdout)
    if not result.get("valid"):
        raise SystemExit(f"{submission.name} was not graded: {done.stdout}")
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs the reference solutions and writes the leaderboards.")
    parser.add_argument("--only", choices=sorted(BOARDS))
    parser.add_argument("--cli", type=Path, default=ROOT / "dist" / "cli.js", help="the built CLI")
    parser.add_argument("--dry-run", action="store_true", help="print the board, write nothing")
    arguments = parser.parse_args()
    for competition, solutions in BOARDS.items():
        if arguments.only not in (None, competition):
            continue
        data = COMPETITIONS / competition / "data"
        board = []
        for name, solve in solutions.items():
            with tempfile.TemporaryDirectory() as folder:
                submission = Path(folder) / "submission.csv"
                solve(pd.read_csv(data / "train.csv"), pd.read_csv(data / "test.csv")).to_csv(submission, index=False)
                result = grade(arguments.cli, competition, submission)
            board.append((name, result["score"], result["public"]["score"], result["private"]["score"]))
            print(f"{competition}: {result['score']:.4f}  {name}", flush=True)
        board.sort(key=lambda entry: entry[1], reverse=result["direction"] == "maximize")
        if not arguments.dry_run:
            table = pd.DataFrame(board, columns=["name", "score", "public", "private"])
            table.to_csv(COMPETITIONS / competition / "leaderboard.csv", index=False, lineterminator="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
