import { beforeAll, describe, expect, it } from 'vitest';
import { certainCompletion } from '../../../src/core/suggest/certain/certain';
import { competitionOf } from '../agent/competitions';
import { factsOf, type Facts } from '../../../src/core/suggest/facts';
import { bundledFacts, bundledIds, type BundledId } from './bundled';

const all = new Map<BundledId, Facts>();
beforeAll(async () => {
  for (const id of bundledIds) all.set(id, await bundledFacts(id));
});

function facts(id: BundledId): Facts {
  const found = all.get(id);
  if (!found) throw new Error(`no facts of ${id}`);
  return found;
}

/** What the line becomes; `|` is the cursor, by default at the end. null: nothing is offered. */
function line(id: BundledId | Facts, code: string): string | null {
  const at = code.includes('|') ? code.indexOf('|') : code.length;
  const [prefix, after] = [code.slice(0, at), code.slice(at + 1)];
  const [rest = ''] = after.split('\n');
  const found = certainCompletion(prefix, rest, typeof id === 'string' ? facts(id) : id);
  if (!found) return null;
  return (prefix.slice(prefix.lastIndexOf('\n') + 1) + found.text + rest.slice(found.replaces)).trimEnd();
}

const read = 'import pandas as pd\n\ntrain = pd.read_csv("data/train.csv")\ntest = pd.read_csv("data/test.csv")\n';

describe.each(bundledIds)('in %s', (id) => {
  it('the files are read by the names of the variables', () => {
    expect(line(id, 'train = pd.read_csv(')).toBe('train = pd.read_csv("data/train.csv")');
    expect(line(id, 'df_test = pd.read_csv(')).toBe('df_test = pd.read_csv("data/test.csv")');
    expect(line(id, 'sample = pd.read_csv("')).toBe('sample = pd.read_csv("data/sample_submission.csv")');
    expect(line(id, "train = pd.read_csv('data/|')")).toBe("train = pd.read_csv('data/train.csv')");
    expect(line(id, 'x = pd.read_csv("data/tr|")')).toBe('x = pd.read_csv("data/train.csv")');
  });

  it('the submission is written without the index', () => {
    expect(line(id, 'submission.to_csv(')).toBe('submission.to_csv("submission.csv", index=False)');
    expect(line(id, 'submission.to_csv("sub|")')).toBe('submission.to_csv("submission.csv", index=False)');
    expect(line(id, 'oof.to_csv("|")')).toBe('oof.to_csv("oof.csv", index=False)');
    expect(line(id, 'other.to_csv(')).toBeNull();
  });

  it('nothing is offered where nothing is certain', () => {
    for (const code of [
      '', 'x = ', 'def ratio(X):\n    ', 'df = pd.read_csv(', 'data = pd.read_csv("d', 'train["', `${read}train["`, `${read}unknown["id`, 'print(', 'print(f"fold', 'print(f"SCORE ',
      '# train = pd.read_csv(', '"""\nsubmission.to_csv(', 'x = "submission.to_csv(', 'submission = ', `${read}submission = `, `${read}train = train.drop(columns=["`, 'scoring', 'cv=', 'random_state=', 'folds = ',
      `${read}train = pd.concat([train, test])\ntrain["i`,
    ]) {
      expect(line(id, code), code).toBeNull();
    }
  });
});

describe('columns', () => {
  it('are those of the file that the variable holds', () => {
    expect(line('penguins', `${read}train["isl`)).toBe('train["island"]');
    expect(line('penguins', `${read}train["isl|"]`)).toBe('train["island"]');
    expect(line('penguins', `${read}train["isl|"].mean()`)).toBe('train["island"].mean()');
    expect(line('penguins', `${read}train["sp`)).toBe('train["species"]');
    // The target is not in the test file.
    expect(line('penguins', `${read}test["sp`)).toBeNull();
    // Two begin so.
    expect(line('penguins', `${read}train["s`)).toBeNull();
    expect(line('penguins', `${read}train.groupby(["island", "se`)).toBe('train.groupby(["island", "sex"');
    expect(line('penguins', `${read}train[["id", "isl|"]]`)).toBe('train[["id", "island"]]');
    expect(line('seattle-weather', `${read}train.sort_values("da|")`)).toBe('train.sort_values("date")');
  });

  it('are followed through assignments, and through columns that the code adds', () => {
    expect(line('penguins', 'import pandas as pd\ntrain, test = pd.read_csv("data/train.csv"), pd.read_csv("data/test.csv")\ndf = train.copy()\ndf["isl')).toBe('df["island"]');
    expect(line('penguins', `${read}train["island_size"] = 1\ntrain["island`)).toBeNull();
    expect(line('penguins', `${read}train["island_size"] = 1\ntrain["island_`)).toBe('train["island_size"]');
    expect(line('penguins', `${read}train = train.rename(columns={"island": "place"})\ntrain["isl`)).toBeNull();
  });

  it.each([
    ['penguins', 'species'], ['breast-cancer', 'malignant'], ['diabetes-progression', 'progression'], ['seattle-weather', 'next_temp_max'], ['digits', 'digit'], ['debian-sections', 'section'],
  ] as const)('of %s that are no features are dropped, and the target is y', (id, target) => {
    expect(line(id, `${read}X = train.drop(columns=[`)).toBe(`X = train.drop(columns=["id", "${target}"])`);
    expect(line(id, `${read}X = train.drop(columns=["|"])`)).toBe(`X = train.drop(columns=["id", "${target}"])`);
    expect(line(id, `${read}X_test = test.drop(`)).toBe('X_test = test.drop(columns=["id"])');
    expect(line(id, `${read}y = train["`)).toBe(`y = train["${target}"]`);
    expect(line(id, `${read}y = test["`)).toBeNull();
  });
});

describe('the metric', () => {
  it.each([
    ['penguins', 'f1_macro'], ['breast-cancer', 'roc_auc'], ['digits', 'accuracy'], ['diabetes-progression', 'neg_root_mean_squared_error'], ['seattle-weather', 'neg_root_mean_squared_error'], ['debian-sections', 'neg_log_loss'],
  ] as const)('of %s is scoring="%s"', (id, name) => {
    expect(line(id, 'scores = cross_val_score(model, X, y, scoring=')).toBe(`scores = cross_val_score(model, X, y, scoring="${name}"`);
    expect(line(id, 'scores = cross_val_score(model, X, y, scoring=|)')).toBe(`scores = cross_val_score(model, X, y, scoring="${name}")`);
    expect(line(id, 'scores = cross_val_score(model, X, y, scoring="|")')).toBe(`scores = cross_val_score(model, X, y, scoring="${name}")`);
  });

  it.each([
    ['penguins', 'f1_score'], ['breast-cancer', 'roc_auc_score'], ['digits', 'accuracy_score'], ['debian-sections', 'log_loss'], ['seattle-weather', null],
  ] as const)('of %s is imported as %s', (id, name) => {
    expect(line(id, 'from sklearn.metrics import ')).toBe(name === null ? null : `from sklearn.metrics import ${name}`);
  });

  it('has its average', () => {
    expect(line('penguins', 'f1_score(y, labels, ')).toBe('f1_score(y, labels, average="macro")');
    expect(line('digits', 'accuracy_score(y, labels, ')).toBeNull();
  });

  it('is claimed in its own direction', () => {
    const validated = (scoring: string) => `scores = cross_val_score(model, X, y, scoring="${scoring}")\n`;
    expect(line('penguins', `${validated('f1_macro')}print(f"SCORE `)).toBe('print(f"SCORE f1 {scores.mean():.6f}")');
    expect(line('seattle-weather', `${validated('neg_root_mean_squared_error')}print(f"S|")`)).toBe('print(f"SCORE rmse {-scores.mean():.6f}")');
    expect(line('breast-cancer', 'auc = roc_auc_score(y, p)\nprint(f"SCORE ')).toBe('print(f"SCORE roc_auc {auc:.6f}")');
    // Scored by something else, or turned round already.
    expect(line('penguins', `${validated('accuracy')}print(f"SCORE `)).toBeNull();
    expect(line('seattle-weather', `${validated('neg_root_mean_squared_error')}scores = -scores\nprint(f"SCORE `)).toBeNull();
  });
});

describe('the folds', () => {
  it.each([
    ['penguins', 'StratifiedKFold', 'n_splits=5, shuffle=True, random_state=0'], ['breast-cancer', 'StratifiedKFold', 'n_splits=5, shuffle=True, random_state=0'],
    ['diabetes-progression', 'KFold', 'n_splits=5, shuffle=True, random_state=0'], ['seattle-weather', 'TimeSeriesSplit', 'n_splits=5'],
  ] as const)('of %s are %s', (id, name, given) => {
    expect(line(id, 'from sklearn.model_selection import ')).toBe(`from sklearn.model_selection import ${name}`);
    const imported = `from sklearn.model_selection import ${name}, cross_val_score\n`;
    expect(line(id, `${imported}folds = `)).toBe(`folds = ${name}(${given})`);
    expect(line(id, `${imported}cv = ${name}(|)`)).toBe(`cv = ${name}(${given})`);
    expect(line(id, `${imported}from sklearn.model_selection import `)).toBeNull();
    expect(line(id, `${imported}folds = ${name}(${given})\nscores = cross_val_score(model, X, y, cv=|)`)).toBe('scores = cross_val_score(model, X, y, cv=folds)');
  });

  it('keep groups together where the competition does, and take the script\'s seed', () => {
    const grouped = factsOf(
      competitionOf({ modality: 'tabular', task: 'regression', metric: 'rmse', direction: 'minimize', target: ['price'], label: { name: 'price', kind: 'number' }, features: [{ name: 'town', kind: 'category' }], split: { by: 'group', column: 'town' } }),
    );
    expect(line(grouped, 'from sklearn.model_selection import GroupKFold\nfolds = ')).toBe('folds = GroupKFold(n_splits=5)');
    expect(line(grouped, `${read}groups = train["`)).toBe('groups = train["town"]');
    expect(line('penguins', 'from sklearn.model_selection import StratifiedKFold\nSEED = 7\nfolds = ')).toBe('folds = StratifiedKFold(n_splits=5, shuffle=True, random_state=SEED)');
    expect(line('penguins', 'SEED = 7\nmodel = RandomForestClassifier(random_state=')).toBe('model = RandomForestClassifier(random_state=SEED');
  });
});

describe('the submission', () => {
  it('has the columns of the sample, and the predictions where they are known', () => {
    const predicted = `${read}prediction = model.predict(X_test)\n`;
    expect(line('penguins', `${predicted}submission = `)).toBe('submission = pd.DataFrame({"id": test["id"], "species": prediction})');
    expect(line('penguins', `${predicted}submission = pd.DataFrame({|})`)).toBe('submission = pd.DataFrame({"id": test["id"], "species": prediction})');
    expect(line('penguins', `${read}submission = pd.DataFrame({`)).toBe('submission = pd.DataFrame({"id": test["id"], "species":');
    expect(line('seattle-weather', `${predicted}submission = pd.DataFrame({`)).toBe('submission = pd.DataFrame({"id": test["id"], "next_temp_max": prediction})');
    // A probability is asked for, not a class.
    expect(line('breast-cancer', `${predicted}submission = `)).toBeNull();
    expect(line('breast-cancer', `${read}p = model.predict_proba(X_test)[:, 1]\nsubmission = `)).toBe('submission = pd.DataFrame({"id": test["id"], "malignant": p})');
    expect(line('debian-sections', `${read}p = model.predict_proba(X_test)\nsubmission = `)).toBeNull();
  });

  it('begins with the ids of the test rows and gets its targets', () => {
    expect(line('digits', `${read}submission = test[`)).toBe('submission = test[["id"]].copy()');
    expect(line('digits', `${read}submission = test[["|"]]`)).toBe('submission = test[["id"]].copy()');
    expect(line('digits', `${read}submission = test[["id"]].copy()\nsubmission["`)).toBe('submission["digit"] =');
    expect(line('debian-sections', `${read}submission = test[["id"]].copy()\nsubmission[[`)).toContain('"admin", "devel", "editors"');
  });
});

it('reads a long file and broken code without an error', () => {
  expect(line('penguins', `${'x = 1\n'.repeat(80_000)}train = pd.read_csv(`)).toBeNull();
  for (const code of ['"', "'''", '(((', 'f"{', '\\', 'train = pd.read_csv("data/train.csv\ntest["', '\u2028train["isl', 'df[\'a\'', ')]}']) expect(line('penguins', code)).toBeNull();
});
