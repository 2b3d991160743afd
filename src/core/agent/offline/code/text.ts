import { has, type Recipe } from '../recipe';
import type { Task } from '../task';
import { plainFitPredict } from './frame';
import { indent, list, quote, type Section } from './sections';
import { threadsSection } from './tabular';

const number = (value: number): string => String(Number(value.toPrecision(4)));

/** The column of joined texts; a script with one text column uses that one. */
const textColumn = (task: Task): string => (task.texts.length === 1 ? (task.texts[0] ?? '') : 'all_text');

export function textFeatures(task: Task, recipe: Recipe): Section {
  const lines: string[] = [];
  if (has(recipe, 'nameField')) lines.push(`frame["all_text"] = frame[[*${list(task.shortTexts)}, *TEXTS]].agg(" ".join, axis=1)`);
  else if (task.texts.length > 1) lines.push('frame["all_text"] = frame[TEXTS].agg(" ".join, axis=1)');
  const counts = has(recipe, 'textCounts');
  if (counts) {
    const text = `frame[${quote(textColumn(task))}]`;
    lines.push(
      `frame["characters"] = np.log1p(${text}.str.len())`,
      `frame["words"] = np.log1p(${text}.str.split().str.len())`,
      `frame["capitals"] = ${text}.str.count("[A-Z]") / (1 + ${text}.str.len())`,
      `frame["lines"] = ${text}.str.count("\\n")`,
    );
  }
  if (has(recipe, 'categoriesToo')) {
    lines.push(`frame[CATEGORIES] = frame[CATEGORIES].astype(object).where(frame[CATEGORIES].notna(), "missing").astype(str)`);
  }
  const constants = [
    ...(has(recipe, 'categoriesToo') ? [`CATEGORIES = ${list(task.categories)}`] : []),
    ...(counts ? ['COUNTS = ["characters", "words", "capitals", "lines"]'] : []),
  ];
  return {
    title: 'Features',
    text: `The text column${task.texts.length > 1 ? 's' : ''} ${task.texts.map((name) => `\`${name}\``).join(', ')}, as they are; the vocabulary is learned inside the model, on training rows only.`,
    imports: ['import pandas as pd', ...(counts ? ['import numpy as np'] : [])],
    code: `${constants.join('\n')}${constants.length > 0 ? '\n\n\n' : ''}def add_features(frame):
    """Columns of the model, from each row alone."""
    frame = frame.copy()
${indent(lines.join('\n'))}${lines.length > 0 ? '\n' : ''}    return frame


X = add_features(train)
X_test = add_features(test)`,
  };
}

const nbRatio = `class TermWeights(BaseEstimator, TransformerMixin):
    """Scales every term by how much more often the class has it than the rest (log ratio)."""

    def fit(self, X, y):
        inside = 1 + X[y == 1].sum(axis=0)
        outside = 1 + X[y == 0].sum(axis=0)
        ratio = np.log((inside / inside.sum()) / (outside / outside.sum()))
        self.weights_ = sparse.diags(np.asarray(ratio).ravel())
        return self

    def transform(self, X):
        return (X @ self.weights_).tocsr()`;

interface Classifier {
  readonly imports: readonly string[];
  readonly before: string;
  readonly code: string;
}

function classifier(recipe: Recipe, binary: boolean): Classifier {
  const { params } = recipe;
  const weights = has(recipe, 'classWeights') ? ', class_weight="balanced"' : '';
  switch (recipe.family) {
    case 'naiveBayes':
      return {
        imports: ['from sklearn.naive_bayes import MultinomialNB'],
        before: '',
        code: `MultinomialNB(alpha=${number(params['alpha'] ?? 0.03)}${has(recipe, 'classWeights') ? ', fit_prior=False' : ''})`,
      };
    case 'nbLinear': {
      const linear = `make_pipeline(TermWeights(), LogisticRegression(C=${number(params['C'] ?? 3)}${weights}, solver="liblinear"))`;
      return {
        imports: [
          'import numpy as np',
          'from scipy import sparse',
          'from sklearn.base import BaseEstimator, TransformerMixin',
          'from sklearn.linear_model import LogisticRegression',
          ...(binary ? [] : ['from sklearn.multiclass import OneVsRestClassifier']),
        ],
        before: nbRatio,
        code: binary ? linear : `OneVsRestClassifier(${linear})`,
      };
    }
    case 'linearSvm':
      return {
        imports: ['from sklearn.svm import LinearSVC', 'from sklearn.calibration import CalibratedClassifierCV'],
        before: '',
        code: `CalibratedClassifierCV(LinearSVC(C=${number(params['C'] ?? 0.3)}${weights}, random_state=SEED), cv=3)`,
      };
    default:
      return {
        imports: ['from sklearn.linear_model import LogisticRegression'],
        before: '',
        // Since scikit-learn 1.4 the tolerance is per row, before it was of the sum over all rows: this one serves both.
        code: `LogisticRegression(C=${number(params['C'] ?? 30)}${weights}, tol=1e-3, max_iter=300)`,
      };
  }
}

function vectorisers(task: Task, recipe: Recipe): string[] {
  const size = recipe.repairs.size ?? 1;
  const words = Math.round((recipe.params['words'] ?? 20_000) * size);
  const chars = Math.round((recipe.params['chars'] ?? 20_000) * size);
  const text = quote(textColumn(task));
  const range = has(recipe, 'wordPairs') ? '(1, 2)' : '(1, 1)';
  const parts = [
    `("words", TfidfVectorizer(ngram_range=${range}, min_df=2, max_features=${words}, sublinear_tf=True), ${text})`,
  ];
  if (has(recipe, 'charNgrams')) {
    parts.push(`("characters", TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=3, max_features=${chars}, sublinear_tf=True), ${text})`);
  }
  if (has(recipe, 'categoriesToo')) parts.push('("categories", OneHotEncoder(handle_unknown="ignore", min_frequency=2), CATEGORIES)');
  if (has(recipe, 'textCounts')) parts.push('("counts", MinMaxScaler(clip=True), COUNTS)');
  return parts.map((part) => {
    if (part.length <= 84) return part;
    const inner = /^\((".*?"), TfidfVectorizer\((.*)\), (".*")\)$/.exec(part);
    if (!inner) return part;
    return `(\n    ${inner[1]},\n    TfidfVectorizer(${inner[2]}),\n    ${inner[3]},\n)`;
  });
}

export function textModel(task: Task, recipe: Recipe, words: string): Section {
  const { imports, before, code } = classifier(recipe, task.output === 'probability');
  const threads = threadsSection(task, recipe);
  return {
    title: 'Model',
    text: words,
    imports: [
      ...threads.imports,
      'from sklearn.compose import ColumnTransformer',
      'from sklearn.feature_extraction.text import TfidfVectorizer',
      'from sklearn.pipeline import make_pipeline',
      ...(has(recipe, 'categoriesToo') ? ['from sklearn.preprocessing import OneHotEncoder'] : []),
      ...(has(recipe, 'textCounts') ? ['from sklearn.preprocessing import MinMaxScaler'] : []),
      ...imports,
    ],
    code: `${threads.code}${before}${before ? '\n\n\n' : ''}def make_model():
    columns = ColumnTransformer(
        [
${vectorisers(task, recipe).map((part) => `${indent(part, 12)},`).join('\n')}
        ]
    )
    return make_pipeline(columns, ${code})


${plainFitPredict(task)}`,
  };
}
