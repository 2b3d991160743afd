import { describe, expect, it } from 'vitest';
import { metricOfKaggle } from '../../../../../src/core/competition/import/kaggle/metricNames';
import { planKaggle, type KagglePlan, type KaggleTables, type KaggleWish } from '../../../../../src/core/competition/import/kaggle/plan';
import { findMetric } from '../../../../../src/core/grading/registry';
import { readWhole } from '../../../../../src/core/grading/writeCsv';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const lines = (content: Uint8Array): string[] => new TextDecoder().decode(content).trimEnd().split('\n');
const rows = (count: number, row: (n: number) => string): string => Array.from({ length: count }, (_, n) => row(n)).join('\n');
const wish: KaggleWish = { evaluationMetric: 'Categorization Accuracy', testShare: 0.2, publicShare: 0.5, seed: 0 };

const titanic: KaggleTables = {
  train: bytes(`PassengerId,Survived,Fare,Cabin\n${rows(50, (n) => `${n + 1},${n % 2},${n * 3}.5,C${n}`)}`),
  test: bytes(`PassengerId,Fare,Cabin\n${rows(20, (n) => `${n + 900},${n}.25,D${n}`)}`),
  sample: bytes(`PassengerId,Survived\n${rows(20, (n) => `${n + 900},0`)}`),
};

function planOf(tables: KaggleTables, more: Partial<KaggleWish> = {}): KagglePlan {
  const result = planKaggle(tables, { ...wish, ...more });
  if (!result.ok) throw new Error(`${result.message} ${result.fix}`);
  return result.plan;
}

describe('a plan for a Kaggle competition', () => {
  it('cuts a test set from the training rows, by class, and says how', () => {
    const plan = planOf(titanic);
    expect(plan).toMatchObject({ columns: { id: ['PassengerId'], truth: ['Survived'], target: ['Survived'] }, task: 'binary', metric: { name: 'accuracy' }, rows: { train: 40, test: 10, public: 5, kaggle: 20 } });
    expect(plan.cutWords).toMatch(/^10 of the 50 training rows are the local test set, by row \(seed 0\); the scores of 5 of them are public\./);
    expect(lines(plan.files.test)[0]).toBe('PassengerId,Fare,Cabin');
    expect(lines(plan.files.answers)[0]).toBe('PassengerId,Survived,Usage');
    const ids = (content: Uint8Array): string[] => lines(content).slice(1).map((line) => line.split(',', 1)[0] ?? '');
    expect([...ids(plan.files.train), ...ids(plan.files.test)].map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
    expect(plan.whole).toEqual({ train: titanic.train, test: titanic.test });
  });

  it('takes a column per class for the values of the one that the training data has', () => {
    const plan = planOf(
      {
        train: bytes(`id,text,author\n${rows(30, (n) => `a${n},"some, words ${n}",${['EAP', 'HPL', 'MWS'][n % 3] ?? ''}`)}`),
        test: bytes(`id,text\n${rows(3, (n) => `b${n},more`)}`),
        sample: bytes(`id,EAP,HPL,MWS\n${rows(3, (n) => `b${n},0.4,0.3,0.3`)}`),
      },
      { evaluationMetric: 'Multiclass Loss' },
    );
    expect(plan).toMatchObject({ columns: { truth: ['author'], target: ['EAP', 'HPL', 'MWS'] }, metric: { name: 'log_loss', params: { label_column: 'author' } }, task: 'multiclass' });
  });

  it('gives rows that only their place names an id, in an order that tells nothing', () => {
    const plan = planOf({ train: bytes(`label,pixel0\n${rows(40, (n) => `${n < 20 ? 0 : 1},${n}`)}`), test: bytes('pixel0\n5\n6\n'), sample: bytes('ImageId,Label\n1,0\n2,0\n') });
    expect(plan.columns).toMatchObject({ id: ['ImageId'], truth: ['label'], target: ['Label'] });
    expect(plan.metric.params).toEqual({ answer_target: ['label'] });
    expect(lines(plan.whole.test)).toEqual(['ImageId,pixel0', '1,5', '2,6']);
    const train = readWhole(plan.whole.train);
    const numbers = train.ok ? Array.from({ length: 40 }, (_, row) => Number(train.table.columns.get('ImageId')?.text(row).slice(1))) : [];
    expect(numbers).not.toEqual([...numbers].sort((a, b) => a - b));
    expect(new Set(numbers).size).toBe(40);
  });

  it('proposes a metric where the name is unknown, and says that it is a guess', () => {
    const plan = planOf(titanic, { evaluationMetric: 'Custom Metric 17' });
    expect(plan.findings).toMatchObject([{ code: 'metric_guessed', message: expect.stringContaining('Custom Metric 17') as string, fix: expect.stringContaining('--metric') as string }]);
    expect(findMetric(plan.metric.name)).toBeDefined();
    expect(planOf(titanic, { evaluationMetric: 'Custom Metric 17', metric: { name: 'matthews_corrcoef', params: {} } }).findings).toEqual([]);
  });

  it('says why there is no local competition', () => {
    const broken = (tables: Partial<KaggleTables>, more: Partial<KaggleWish> = {}): unknown => planKaggle({ ...titanic, ...tables }, { ...wish, ...more });
    expect(broken({ test: bytes('Other\n1\n') })).toMatchObject({ ok: false, code: 'no_id' });
    expect(broken({}, { truth: ['Age'] })).toMatchObject({ ok: false, message: expect.stringContaining('"Age"') as string });
    expect(broken({}, { metric: { name: 'dice_rle', params: {} } })).toMatchObject({ ok: false, code: 'metric_unfit' });
    expect(broken({ train: bytes('') })).toMatchObject({ ok: false, code: 'bad_file' });
  });

  it('knows Kaggle\'s names however they are written, and every one is a metric of the registry', () => {
    for (const name of ['Area Under Receiver Operating Characteristic Curve', 'QuadraticWeightedKappa', 'Quadratic Weighted Kappa', 'R^2 score (coefficient of determination)', 'F-Score (Macro)', 'PearsonCorrelationCoefficient', 'SpearmanR']) {
      const metric = metricOfKaggle(name);
      expect(findMetric(metric?.name ?? '')?.bind(metric?.params), name).not.toHaveProperty('errors');
    }
    expect(metricOfKaggle('MAP@{K}')).toBeUndefined();
  });
});
