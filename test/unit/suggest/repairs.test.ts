import { beforeAll, describe, expect, it } from 'vitest';
import type { Facts } from '../../../src/core/suggest/facts';
import { applyEdits } from '../../../src/core/suggest/python';
import { repairFor } from '../../../src/core/suggest/repairs/repairs';
import { bundledFacts } from './bundled';

let facts: Facts;
beforeAll(async () => {
  facts = await bundledFacts('penguins');
});

/** The code after the fix of an error in the line marked `  # <-`; null when no rule is certain. */
function mended(type: string, message: string, code: string, above = ''): string | null {
  const lines = code.split('\n');
  const line = lines.findIndex((text) => text.endsWith('# <-')) + 1;
  const source = code.replace(/ *# <-/, '');
  const repair = repairFor({ failure: { type, message }, source, above, line }, facts);
  return repair && applyEdits(source, repair.edits);
}

describe('names', () => {
  it('of files', () => {
    expect(mended('FileNotFoundError', "[Errno 2] No such file or directory: 'train.csv'", 'x = pd.read_csv("train.csv")  # <-')).toBe('x = pd.read_csv("data/train.csv")');
    expect(mended('FileNotFoundError', "[Errno 2] No such file or directory: '../input/penguins/test.csv'", "P = '../input/penguins/test.csv'\nx = pd.read_csv(P)  # <-")).toBe("P = 'data/test.csv'\nx = pd.read_csv(P)");
    expect(mended('FileNotFoundError', "No such file or directory: 'data/trian.csv'", 'x = pd.read_csv("data/trian.csv")  # <-')).toBe('x = pd.read_csv("data/train.csv")');
    expect(mended('FileNotFoundError', "No such file or directory: 'model.pkl'", 'x = open("model.pkl")  # <-')).toBeNull();
    expect(mended('FileNotFoundError', "No such file or directory: 'train.csv'", 'x = pd.read_csv(path)  # <-')).toBeNull();
  });

  it('of columns', () => {
    expect(mended('KeyError', "'iland'", 'x = train["iland"]  # <-')).toBe('x = train["island"]');
    expect(mended('KeyError', '"[\'bodymass_g\'] not in index"', 'x = train[["year", "bodymass_g"]]  # <-')).toBe('x = train[["year", "body_mass_g"]]');
    // Not in this table; a key that is no column; too far; a value of another place.
    expect(mended('KeyError', "'species'", 'x = test["species"]  # <-')).toBeNull();
    expect(mended('KeyError', "'mode'", 'x = options["mode"]  # <-')).toBeNull();
    expect(mended('KeyError', "'iland'", 'x = train[name]  # <-')).toBeNull();
  });

  it('that are not imported, or misspelt', () => {
    expect(mended('NameError', "name 'np' is not defined", '"""Doc."""\n\nimport pandas as pd\n\nx = np.ones(3)  # <-')).toBe('"""Doc."""\n\nimport pandas as pd\nimport numpy as np\n\nx = np.ones(3)');
    expect(mended('NameError', "name 'StratifiedKFold' is not defined", 'folds = StratifiedKFold(5)  # <-')).toBe('from sklearn.model_selection import StratifiedKFold\nfolds = StratifiedKFold(5)');
    expect(mended('NameError', "name 'prediciton' is not defined", 'prediction = 1\nprint(prediciton)  # <-')).toBe('prediction = 1\nprint(prediction)');
    expect(mended('NameError', "name 'predicton' is not defined", 'print(predicton)  # <-', 'prediction = 1\n')).toBe('print(prediction)');
    expect(mended('NameError', "name 'a' is not defined", 'b = 1\nprint(a)  # <-')).toBeNull();
    expect(mended('ModuleNotFoundError', "No module named 'sklaern'", 'from sklaern.svm import SVC  # <-')).toBe('from sklearn.svm import SVC');
    expect(mended('ModuleNotFoundError', "No module named 'catboost'", 'import catboost  # <-')).toBeNull();
    expect(mended('ModuleNotFoundError', "No module named 'lightgbm'", 'import lightgbm  # <-')).toBeNull();
  });
});

describe('calls', () => {
  it('with an argument that is not known', () => {
    const unknown = (name: string) => `__init__() got an unexpected keyword argument '${name}'`;
    expect(mended('TypeError', unknown('sparse'), 'e = OneHotEncoder(sparse=False)  # <-')).toBe('e = OneHotEncoder(sparse_output=False)');
    expect(mended('TypeError', unknown('verbose'), 'm = Ridge(alpha=1, verbose=True)  # <-')).toBe('m = Ridge(alpha=1)');
    expect(mended('TypeError', unknown('verbose'), 'm = Ridge(verbose=True, alpha=1)  # <-')).toBe('m = Ridge(alpha=1)');
    expect(mended('TypeError', unknown('verbose'), 'm = Ridge(  # <-\n    alpha=1,\n    verbose=f(1, 2),\n)')).toBe('m = Ridge(\n    alpha=1,\n)');
    expect(mended('TypeError', unknown('squared'), 's = mean_squared_error(y, p, squared=False)  # <-')).toBe('s = mean_squared_error(y, p) ** 0.5');
    expect(mended('TypeError', unknown('verbose'), 'm = Ridge(**options)  # <-')).toBeNull();
  });

  it('on files, values and columns that do not fit', () => {
    expect(mended('UnicodeDecodeError', "'utf-8' codec can't decode byte", 'x = pd.read_csv("data/train.csv", index_col=0)  # <-')).toBe('x = pd.read_csv("data/train.csv", index_col=0, encoding="latin-1")');
    expect(mended('ValueError', "Found unknown categories ['Ross'] in column 0 during transform", 'e = OneHotEncoder()\ne.fit(A)\ne.transform(B)  # <-')).toBe('e = OneHotEncoder(handle_unknown="ignore")\ne.fit(A)\ne.transform(B)');
    expect(mended('ValueError', 'The feature names should match those that were passed during fit.', 'model.fit(X, y)\np = model.predict(X_test)  # <-')).toBe('model.fit(X, y)\np = model.predict(X_test.reindex(columns=model.feature_names_in_, fill_value=0))');
    expect(mended('extra_column', 'There is a column that nobody asked for.', 'submission.to_csv("submission.csv")  # <-')).toBe('submission.to_csv("submission.csv", index=False)');
    expect(mended('extra_column', 'There is a column that nobody asked for.', 'submission.to_csv("submission.csv", index=False)  # <-')).toBeNull();
  });

  it('of models on text or missing numbers', () => {
    const read = 'train = pd.read_csv("data/train.csv")\ntest = pd.read_csv("data/test.csv")\n';
    expect(mended('ValueError', "could not convert string to float: 'Biscoe'", `${read}X = train.drop(columns=["id", "species"])\nT = test.drop(columns=["id"])\nmodel.fit(X, y)  # <-`)).toBe(
      `${read}X = train.drop(columns=["id", "species"]).select_dtypes("number")\nT = test.drop(columns=["id"]).select_dtypes("number")\nmodel.fit(X, y)`,
    );
    expect(mended('ValueError', "could not convert string to float: 'Biscoe'", 'model.fit(X, y)  # <-')).toBeNull();
    expect(mended('ValueError', 'Input X contains NaN.\nSVC does not accept', 'from sklearn.svm import SVC\nmodel = SVC(C=2)\nscores = cross_val_score(model, X, y)  # <-')).toBe(
      'from sklearn.svm import SVC\nfrom sklearn.pipeline import make_pipeline\nfrom sklearn.impute import SimpleImputer\nmodel = make_pipeline(SimpleImputer(strategy="median"), SVC(C=2))\nscores = cross_val_score(model, X, y)',
    );
    expect(mended('ValueError', 'Input X contains NaN.', 'from sklearn.impute import SimpleImputer\nm = make_pipeline(StandardScaler(), SVC())\nm.fit(X, y)  # <-')).toBe(
      'from sklearn.impute import SimpleImputer\nm = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), SVC())\nm.fit(X, y)',
    );
    expect(mended('ValueError', 'Input X contains NaN.', 'fit(model, X)  # <-')).toBeNull();
    expect(mended('ValueError', 'Input y contains NaN.', 'model = SVC()\nmodel.fit(X, y)  # <-')).toBeNull();
  });

  it('on a GPU that is not there or too small', () => {
    expect(mended('AssertionError', 'Torch not compiled with CUDA enabled', 'net = Net().to("cuda")  # <-')).toBe('net = Net().to("cpu")');
    expect(mended('OutOfMemoryError', 'CUDA out of memory. Tried to allocate', 'rows = DataLoader(data, batch_size=64)\nfit(rows)  # <-')).toBe('rows = DataLoader(data, batch_size=32)\nfit(rows)');
  });
});

it('a colon that is missing', () => {
  expect(mended('SyntaxError', "expected ':'", 'for x in rows  # <-\n    print(x)')).toBe('for x in rows:\n    print(x)');
  expect(mended('SyntaxError', 'invalid syntax', 'for x in rows  # <-')).toBeNull();
});

it('errors that no rule knows, and lines that are not there', () => {
  expect(mended('ZeroDivisionError', 'division by zero', 'x = 1 / 0  # <-')).toBeNull();
  expect(repairFor({ failure: { type: 'NameError', message: "name 'np' is not defined" }, source: 'x = 1', above: '', line: 9 }, facts)).toBeNull();
});
