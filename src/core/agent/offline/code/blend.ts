import { isRanking, type Task } from '../task';
import { clipped, isClassOutput, writeSubmission } from './frame';
import { metricSection } from './metric';
import { list, quote, toScript, type Section, type Solution } from './sections';

/** A member of a blend: an earlier attempt with the solution that it ran. */
export interface BlendMember {
  readonly attempt: number;
  /** File name without folder and ending, unique within the blend. */
  readonly name: string;
  readonly solution: Solution;
}

export interface BlendFiles {
  readonly path: string;
  readonly text: string;
}

function membersSection(task: Task, members: readonly BlendMember[], seed: number): Section {
  const types = [...task.id.map((name) => `${quote(name)}: str`), ...(isClassOutput(task) ? ['"truth": str'] : [])];
  return {
    title: 'Members',
    text: 'Every member is run as it is. Each leaves its out-of-fold and its test predictions behind.',
    imports: [
      'import contextlib',
      'import io',
      'import runpy',
      'import numpy as np',
      'import pandas as pd',
      ...(isRanking(task) ? ['from scipy.stats import rankdata'] : []),
    ],
    code: `SEED = ${seed}
ID = ${list(task.id)}
${task.output === 'probabilities' ? `CLASSES = ${list(task.classes)}\n` : ''}MEMBERS = [
${members.map((member) => `    ${quote(`members/${member.name}.py`)},  # attempt ${member.attempt}`).join('\n')}
]


def run(path):
    """Runs a member; its out-of-fold and its test predictions."""
    with contextlib.redirect_stdout(io.StringIO()):
        runpy.run_path(path, run_name="__main__")
    types = {${types.join(', ')}}
    return pd.read_csv("oof.csv", dtype=types), pd.read_csv("test_pred.csv", dtype=types)


runs = [run(path) for path in MEMBERS]
rows, test = runs[0]
for path, (other, _) in zip(MEMBERS, runs):
    if not other[[*ID, "fold"]].equals(rows[[*ID, "fold"]]):
        raise ValueError(f"{path} was validated on other folds than {MEMBERS[0]}")

columns = [name for name in rows.columns if name.startswith("p_")]
${task.output === 'labels' ? 'CLASSES = [name.removeprefix("p_") for name in columns]\n' : ''}y, fold_of = rows["truth"], rows["fold"].to_numpy()
oof = np.stack([frame[columns].to_numpy() for frame, _ in runs])
test_oof = np.stack([frame[columns].to_numpy() for _, frame in runs])${isClassOutput(task) ? '' : '[:, :, 0]\noof = oof[:, :, 0]'}${isRanking(task) ? '\n# Only the order counts in this metric, so members are averaged by rank.\nranks = [rankdata(part, axis=1) / part.shape[1] for part in (oof, test_oof)]\noof, test_oof = ranks' : ''}`,
  };
}

/**
 * A blend of earlier attempts as files: `train.py` runs the members' own scripts from `members/`
 * and averages them with weights found on out-of-fold predictions. It stands alone: what is
 * scored is what these files say, not what an earlier attempt left behind.
 */
export function blendFiles(task: Task, members: readonly BlendMember[], seed: number): BlendFiles[] {
  const sign = task.direction === 'maximize' ? '' : '-';
  const weights: Section = {
    title: 'Weights',
    text: 'Starts from the plain average and gives one more share to the member that helps most, as long as it helps. Few steps from the average cannot overfit much.',
    imports: ['import numpy as np'],
    code: `STEPS = 10


def average(predictions, shares):
    return np.average(predictions, axis=0, weights=shares)


def find_shares(predictions, truth):
    shares = np.ones(len(predictions))
    best = ${sign}score(truth, average(predictions, shares))
    for _ in range(STEPS):
        trials = [shares + step for step in np.eye(len(predictions))]
        values = [${sign}score(truth, average(predictions, trial)) for trial in trials]
        if max(values) <= best:
            break
        best, shares = max(values), trials[int(np.argmax(values))]
    return shares`,
  };
  const names = list(members.map((member) => member.name));
  const validation: Section = {
    title: 'Validation',
    text: 'The weights for each fold come from the other folds, so the blend is scored on rows that did not choose them.',
    imports: ['import numpy as np', 'import pandas as pd'],
    code: `report, scores = [], []
blended = np.zeros_like(oof[0])
for fold in np.unique(fold_of):
    valid, rest = fold_of == fold, fold_of != fold
    for name, prediction in zip(${names}, oof):
        report.append((name, fold, score(y[valid], prediction[valid])))
    blended[valid] = average(oof[:, valid], find_shares(oof[:, rest], y[rest]))
    scores.append(score(y[valid], blended[valid]))
    report.append(("ensemble", fold, scores[-1]))
pd.DataFrame(report, columns=["model", "fold", "score"]).to_csv("scores.csv", index=False)
table = rows[[*ID, "fold", "truth"]].copy()
table[columns] = blended if blended.ndim == 2 else blended[:, None]
table.to_csv("oof.csv", index=False)
print(f"SCORE ${task.metric} {np.mean(scores):.6f}")`,
  };
  const submission: Section = {
    title: 'Submission',
    text: 'Weights from all folds, applied to the members\' test predictions.',
    imports: ['import numpy as np', 'import pandas as pd'],
    code: `shares = find_shares(oof, y)
for name, share in zip(${names}, shares / shares.sum()):
    print(f"{name}: {share:.2f}")
prediction = ${clipped(task, 'average(test_oof, shares)')}

${writeSubmission(task)}`,
  };
  const solution: Solution = {
    title: `${task.title}: blend of ${members.length} models`,
    about: `Averages ${members.map((member) => member.name).join(', ')}, with weights found on their out-of-fold predictions. Models that err in different places cancel part of their errors.`,
    sections: [membersSection(task, members, seed), metricSection(task), weights, validation, submission],
  };
  return [
    { path: 'train.py', text: toScript(solution) },
    ...members.map((member) => ({ path: `members/${member.name}.py`, text: toScript(member.solution) })),
  ];
}
