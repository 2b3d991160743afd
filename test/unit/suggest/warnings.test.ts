import { beforeAll, describe, expect, it } from 'vitest';
import type { Facts } from '../../../src/core/suggest/facts';
import { factsOf } from '../../../src/core/suggest/facts';
import { applyEdits } from '../../../src/core/suggest/python';
import { warningsOf } from '../../../src/core/suggest/warnings/warnings';
import { starterFiles } from '../../../src/core/agent/starter';
import { CompetitionLibrary } from '../../../src/node/competitions/library';
import { competitionOf } from '../agent/competitions';
import { bundledFacts, bundledIds } from './bundled';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let penguins: Facts;
let weather: Facts;
beforeAll(async () => {
  penguins = await bundledFacts('penguins');
  weather = await bundledFacts('seattle-weather');
});

const codes = (source: string, facts: Facts): string[] => warningsOf(source, facts).map((warning) => warning.code);
/** The source after the fixes of all warnings. */
const fixed = (source: string, facts: Facts): string => applyEdits(source, warningsOf(source, facts).flatMap((warning) => warning.fix?.edits ?? []));

describe('a score in the wrong direction', () => {
  it('is an error made a scorer without its sign', () => {
    expect(codes('s = make_scorer(mean_squared_error)', weather)).toEqual(['wrong_direction']);
    expect(fixed('s = make_scorer(mean_squared_error)', weather)).toBe('s = make_scorer(mean_squared_error, greater_is_better=False)');
    expect(fixed('s = make_scorer(f1_score, greater_is_better=False, average="macro")', penguins)).toBe('s = make_scorer(f1_score, greater_is_better=True, average="macro")');
    for (const right of ['make_scorer(mean_squared_error, greater_is_better=False)', 'make_scorer(f1_score, average="macro")', 'make_scorer(own_loss)', 'make_scorer(log_loss, greater_is_better=sign)', '# make_scorer(log_loss)', 'x = "make_scorer(log_loss)"']) {
      expect(codes(right, weather), right).toEqual([]);
    }
  });

  it('is a name that scikit-learn negates', () => {
    const wrong = 'cross_val_score(model, X, y, scoring="root_mean_squared_error")';
    expect(codes(wrong, weather)).toEqual(['wrong_direction']);
    expect(fixed(wrong, weather)).toBe('cross_val_score(model, X, y, scoring="neg_root_mean_squared_error")');
  });

  it('is another metric than the competition\'s, as a hint', () => {
    const other = 'GridSearchCV(model, grid, scoring="accuracy")';
    expect(warningsOf(other, penguins)).toMatchObject([{ code: 'other_metric', severity: 'hint' }]);
    expect(fixed(other, penguins)).toBe('GridSearchCV(model, grid, scoring="f1_macro")');
    for (const right of ['cross_val_score(m, X, y, scoring="f1_macro")', 'cross_val_score(m, X, y, scoring=own)', 'cross_validate(m, X, y, scoring=["accuracy", "f1_macro"])', 'plot(scoring="accuracy")', 'cross_val_score(m, X, y, scoring="my_metric")']) {
      expect(codes(right, penguins), right).toEqual([]);
    }
  });

  it('is a negated score that is claimed as it is', () => {
    const validated = 'scores = cross_val_score(m, X, y, scoring="neg_root_mean_squared_error")\n';
    const claim = 'print(f"SCORE rmse {scores.mean():.4f}")\n';
    expect(codes(validated + claim, weather)).toEqual(['wrong_direction']);
    expect(fixed(validated + claim, weather)).toBe(`${validated}print(f"SCORE rmse {-scores.mean():.4f}")\n`);
    expect(codes(`${validated}print(f"SCORE rmse {-scores.mean():.4f}")`, weather)).toEqual([]);
    expect(codes(`${validated}scores = -scores\n${claim}`, weather)).toEqual([]);
    expect(codes(`${validated.replace('neg_root_mean_squared_error', 'r2')}${claim}`, weather)).toEqual(['other_metric']);
  });
});

describe('a transformer fitted before the split', () => {
  const after = '\nscores = cross_val_score(model, X, y)\n';
  it.each([
    ['X = StandardScaler().fit_transform(X)', 'hint'],
    ['scaler = StandardScaler()\nX = scaler.fit_transform(X)', 'hint'],
    ['X = SelectKBest(k=5).fit_transform(X, y)', 'warning'],
    ['encoder = TargetEncoder()\nX[["island"]] = encoder.fit_transform(X[["island"]], y)', 'warning'],
    ['X = TfidfVectorizer(min_df=2).fit_transform(train["title"])', 'hint'],
  ] as const)('%s', (code, severity) => {
    expect(warningsOf(code + after, penguins).filter((warning) => warning.code === 'fitted_before_split')).toMatchObject([{ severity }]);
  });

  it.each([
    'X = StandardScaler().fit_transform(X)\nmodel.fit(X, y)',
    'scores = cross_val_score(model, X, y)\nX = StandardScaler().fit_transform(X)\nmodel.fit(X, y)',
    'for a, b in folds.split(X):\n    A = StandardScaler().fit_transform(X[a])\nscores = cross_val_score(model, A, y)',
    'model = make_pipeline(StandardScaler(), LogisticRegression())\nscores = cross_val_score(model, X, y)',
    'Z = PCA(2).fit_transform(X)\nplt.scatter(Z[:, 0], Z[:, 1])\nscores = cross_val_score(model, X, y)',
    'y = LabelEncoder().fit_transform(train["species"])\nscores = cross_val_score(model, X, y)',
    '# X = StandardScaler().fit_transform(X)\nscores = cross_val_score(model, X, y)',
  ])('is not %s', (code) => {
    expect(codes(code, penguins)).toEqual([]);
  });
});

describe('a missing seed', () => {
  it('is added, by its name where the script has one', () => {
    expect(fixed('folds = StratifiedKFold(n_splits=5, shuffle=True)', penguins)).toBe('folds = StratifiedKFold(n_splits=5, shuffle=True, random_state=0)');
    expect(fixed('SEED = 3\na, b = train_test_split(X)', penguins)).toBe('SEED = 3\na, b = train_test_split(X, random_state=SEED)');
    expect(fixed('m = RandomForestClassifier()', penguins)).toBe('m = RandomForestClassifier(random_state=0)');
    expect(fixed('m = ensemble.ExtraTreesClassifier(\n    n_estimators=10,\n)', penguins)).toBe('m = ensemble.ExtraTreesClassifier(\n    n_estimators=10, random_state=0,\n)');
  });

  it.each([
    'KFold(5)', 'KFold(n_splits=5, shuffle=False)', 'StratifiedKFold(n_splits=5, shuffle=True, random_state=1)', 'train_test_split(X, shuffle=False)', 'RandomForestClassifier(**params)',
    'np.random.seed(0)\nm = RandomForestClassifier()', 'class RandomForestClassifier(Base):\n    pass', 'def train_test_split(X):\n    return X', 'KFold(5, shuffle=shuffle)', 'LogisticRegression()', '"RandomForestClassifier()"',
  ])('is not %s', (code) => {
    expect(codes(code, penguins)).toEqual([]);
  });
});

describe('a random split', () => {
  const grouped = factsOf(
    competitionOf({ modality: 'tabular', task: 'regression', metric: 'rmse', direction: 'minimize', target: ['price'], label: { name: 'price', kind: 'number' }, features: [{ name: 'town', kind: 'category' }], split: { by: 'group', column: 'town' } }),
  );
  it('is told where the competition splits by group or time', () => {
    expect(codes('KFold(5)', grouped)).toEqual(['random_split']);
    expect(codes('KFold(5, shuffle=True, random_state=0)', weather)).toEqual(['random_split']);
    expect(codes('train_test_split(X, y, random_state=0)', weather)).toEqual(['random_split']);
  });
  it('is nothing elsewhere', () => {
    expect(codes('GroupKFold(5)', grouped)).toEqual([]);
    expect(codes('TimeSeriesSplit(5)\nKFold(5)\ntrain_test_split(X, shuffle=False)', weather)).toEqual([]);
    expect(codes('KFold(5, shuffle=True, random_state=0)', penguins)).toEqual([]);
  });
});

describe('the sample submission\'s target', () => {
  const read = 'sample = pd.read_csv("data/sample_submission.csv")\n';
  it('is not to be read', () => {
    expect(codes(`${read}prior = sample["species"].value_counts()`, penguins)).toEqual(['sample_target']);
    expect(codes(`${read}sample["species"] == "Adelie"`, penguins)).toEqual(['sample_target']);
  });
  it.each(['sample["species"] = prediction\nprint(sample["species"].value_counts())', 'ids = sample["id"]', 'sample.columns', 'other["species"].mean()', '# sample["species"].mean()'])('is not read by %s', (code) => {
    expect(codes(read + code, penguins)).toEqual([]);
  });
});

it('finds nothing in the scripts that Podium itself writes', async () => {
  const library = new CompetitionLibrary({ bundledFolder: join(import.meta.dirname, '../../../media/competitions'), home: join(tmpdir(), 'never-written') });
  for (const id of bundledIds) {
    const competition = await library.load(id);
    for (const { path, text } of starterFiles(competition)) if (path.endsWith('.py')) expect(codes(text, factsOf(competition)), `${id} ${path}`).toEqual([]);
  }
});
