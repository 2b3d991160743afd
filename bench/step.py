import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

DATA = "data"
OUT = "."

train = pd.read_csv(f"{DATA}/train.csv")
test = pd.read_csv(f"{DATA}/test.csv")
sample = pd.read_csv(f"{DATA}/sample_submission.csv")
key, target = sample.columns
X = train.drop(columns=[key, target])
numbers = X.select_dtypes("number").columns
texts = [name for name in X.columns if name not in numbers]
model = make_pipeline(
    make_column_transformer(
        (SimpleImputer(), numbers),
        (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")), texts),
    ),
    RandomForestClassifier(200, random_state=0),
)
scores = cross_val_score(model, X, train[target], cv=5, scoring="f1_macro")
print(f"SCORE macro_f1 {scores.mean():.6f}")
model.fit(X, train[target])
sample[target] = model.predict(test[X.columns])
sample.to_csv(f"{OUT}/submission.csv", index=False)
