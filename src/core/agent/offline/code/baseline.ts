import type { Task } from '../task';
import { foldPlan } from '../recipe';
import { list, quote, type Section, type Solution } from './sections';

/** How the best constant for the metric is found, and how its loss is measured, in plain Python. */
interface Constant {
  readonly words: string;
  readonly imports: readonly string[];
  /** `def constant(values)`. */
  readonly find: string;
  /** `def score(values, guess)`. */
  readonly score: string;
}

const finite = 'values = [float(value) for value in values]';

function numberConstant(task: Task): Constant {
  if (task.metric === 'mae' || task.metric === 'medae') {
    return {
      words: 'the median of the training rows, which no other constant beats on absolute error',
      imports: ['import statistics'],
      find: `${finite}\nreturn statistics.median(values)`,
      score: `${finite}\nreturn statistics.${task.metric === 'mae' ? 'fmean' : 'median'}(abs(value - guess) for value in values)`,
    };
  }
  if (task.metric === 'rmsle') {
    return {
      words: 'the mean on the logarithmic scale, which no other constant beats on squared logarithmic error',
      imports: ['import math', 'import statistics'],
      find: `return math.expm1(statistics.fmean(math.log1p(float(value)) for value in values))`,
      score: `errors = [(math.log1p(float(value)) - math.log1p(guess)) ** 2 for value in values]\nreturn math.sqrt(statistics.fmean(errors))`,
    };
  }
  const squared = `${finite}\n`;
  const scores: Record<string, string> = {
    mse: `${squared}return statistics.fmean((value - guess) ** 2 for value in values)`,
    mape: `${squared}return statistics.fmean(abs(value - guess) / abs(value) for value in values)`,
    r2: `${squared}spread = statistics.fmean((value - statistics.fmean(values)) ** 2 for value in values)\nreturn 1 - statistics.fmean((value - guess) ** 2 for value in values) / spread`,
  };
  return {
    words: 'the mean of the training rows, which no other constant beats on squared error',
    imports: ['import math', 'import statistics'],
    find: `${finite}\nreturn statistics.fmean(values)`,
    score: scores[task.metric] ?? `${squared}return math.sqrt(statistics.fmean((value - guess) ** 2 for value in values))`,
  };
}

function labelConstant(task: Task): Constant {
  const find = 'return Counter(values).most_common(1)[0][0]';
  if (task.metric === 'f1' && task.metricParams['average'] === 'macro') {
    return {
      words: 'the most frequent class',
      imports: ['from collections import Counter'],
      find,
      score: `"""Macro F1 of one label for all: its own F1 divided by the number of classes, the others have 0."""\nshare = values.count(guess) / len(values)\nreturn 2 * share / (1 + share) / len(set(values) | {guess})`,
    };
  }
  return {
    words: 'the most frequent class',
    imports: ['from collections import Counter'],
    find,
    score: task.metric === 'top1_error' ? 'return 1 - values.count(guess) / len(values)' : 'return values.count(guess) / len(values)',
  };
}

function probabilityConstant(task: Task): Constant {
  const positive = 'positives = sum(value.strip().lower() in ("1", "1.0", "true") for value in values)';
  const constantScore = task.metric === 'roc_auc' ? 'return 0.5' : null;
  return {
    words: 'the share of positive rows',
    imports: ['import math'],
    find: `${positive}\nreturn positives / len(values)`,
    score:
      constantScore ??
      `${positive}\nguess = min(max(guess, 1e-15), 1 - 1e-15)\nreturn -(positives * math.log(guess) + (len(values) - positives) * math.log(1 - guess)) / len(values)`,
  };
}

const priors: Constant = {
  words: 'the share of every class in the training rows, which no other constant beats on log loss',
  imports: ['import math', 'from collections import Counter'],
  find: `counts = Counter(values)\nreturn [(counts[name] + 1) / (len(values) + len(CLASSES)) for name in CLASSES]`,
  score: `chance = dict(zip(CLASSES, guess))\nreturn -sum(math.log(chance[value]) for value in values) / len(values)`,
};

function constantOf(task: Task): Constant {
  if (task.output === 'labels') return labelConstant(task);
  if (task.output === 'probabilities') return priors;
  return task.output === 'probability' ? probabilityConstant(task) : numberConstant(task);
}

/**
 * The constant baseline with the standard library alone, so that it starts and ends within a
 * second on any Python: a valid submission before anything else is tried.
 */
export function baselineSolution(task: Task): Solution {
  if (task.output === 'unsupported') return severalTargets(task);
  const constant = constantOf(task);
  const { splits } = foldPlan(task);
  const time = task.folds === 'time' && task.foldColumn;
  const indent = (code: string): string => code.replace(/^(?=.)/gm, '    ');
  const sections: Section[] = [
    {
      title: 'Data',
      text: 'The training labels and the ids that need a prediction.',
      imports: ['import csv'],
      code: `ID = ${list(task.id)}
TARGET = ${quote(task.label)}
${task.output === 'probabilities' ? `CLASSES = ${list(task.classes)}\n` : ''}

def read(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


train = [row for row in read(${quote(task.train)}) if row[TARGET] != ""]
test = read(${quote(task.test)})
${time ? `train.sort(key=lambda row: row[${quote(task.foldColumn ?? '')}])\n` : ''}labels = [row[TARGET] for row in train]`,
    },
    {
      title: 'Constant',
      text: `The best constant for ${task.metricLabel} is ${constant.words}.`,
      imports: constant.imports,
      code: `def constant(values):\n${indent(constant.find)}\n\n\ndef score(values, guess):\n${indent(constant.score)}`,
    },
    {
      title: 'Validation',
      text: 'The constant of the other rows, scored on each fold.',
      imports: ['import csv'],
      code: `FOLDS = ${splits}
scores = []
for fold in range(FOLDS):
${
  time
    ? `    start = len(labels) - (FOLDS - fold) * (len(labels) // (2 * FOLDS))
    valid = labels[start : start + len(labels) // (2 * FOLDS)]
    scores.append(score(valid, constant(labels[:start])))`
    : `    rest = [label for i, label in enumerate(labels) if i % FOLDS != fold]
    scores.append(score(labels[fold::FOLDS], constant(rest)))`
}
mean = sum(scores) / FOLDS

with open("scores.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["model", "fold", "score"])
    for name in ("constant", "ensemble"):
        writer.writerows([name, fold, value] for fold, value in enumerate(scores))
print(f"SCORE ${task.metric} {mean:.6f}")`,
    },
    {
      title: 'Submission',
      text: 'The same values for every test row.',
      imports: ['import csv'],
      code: `guess = constant(labels)
values = ${task.output === 'probabilities' ? 'guess' : '[guess]'}


def write(path, columns):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*ID, *columns])
        writer.writerows([*(row[name] for name in ID), *values] for row in test)


write(${quote(task.submissionFile)}, ${list(task.targets)})
write("test_pred.csv", ${list(task.targets.map((name) => `p_${name}`))})
print(f"${task.submissionFile}: {len(test)} rows")`,
    },
  ];
  return {
    title: `${task.title}: the best constant`,
    about: `Predicts ${constant.words}. Needs the standard library only. Every later attempt has to beat it.`,
    sections,
  };
}

/**
 * Several target columns at once: the mean of each where the training file has it, else 0.5.
 * No claim, because the metric of such a task is not one of a single column.
 */
function severalTargets(task: Task): Solution {
  const sections: Section[] = [
    {
      title: 'Constants',
      text: 'The mean of every target column over the training rows.',
      imports: ['import csv'],
      code: `ID = ${list(task.id)}
TARGETS = ${list(task.targets)}


def read(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def mean(rows, column):
    values = [float(row[column]) for row in rows if row.get(column)]
    return sum(values) / len(values) if values else 0.5


train, test = read(${quote(task.train)}), read(${quote(task.test)})
values = [mean(train, column) for column in TARGETS]`,
    },
    {
      title: 'Submission',
      text: 'The same values for every test row.',
      imports: ['import csv'],
      code: `with open(${quote(task.submissionFile)}, "w", newline="", encoding="utf-8") as file:
    writer = csv.writer(file)
    writer.writerow([*ID, *TARGETS])
    writer.writerows([*(row[name] for name in ID), *values] for row in test)
print(f"${task.submissionFile}: {len(test)} rows")`,
    },
  ];
  return { title: `${task.title}: the mean of every target`, about: 'Predicts the same values for every row.', sections };
}
