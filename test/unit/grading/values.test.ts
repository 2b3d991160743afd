import { describe, expect, it } from 'vitest';
import { viewOf } from '../../../src/core/grading/bytes';
import { parseNumber } from '../../../src/core/grading/numbers';
import { bytes, codes, gradeText, problem } from './helpers';

const cell = (text: string): number => {
  const data = bytes(`#${text}#`);
  return parseNumber(viewOf(data), 1, data.length - 1);
};

describe('numbers', () => {
  it.each([
    ['5', 5], ['5.', 5], ['.5', 0.5], ['+1', 1], ['-0.25', -0.25], ['1e3', 1000], ['1E-2', 0.01], ['1.5e+2', 150],
    [' 7 ', 7], ['\t7', 7], ['0.1', 0.1], ['9007199254740993', 9007199254740992], ['0.30000000000000004', 0.30000000000000004],
    ['123456789012345678901234567890', 1.2345678901234568e29], ['5e-324', 5e-324], ['1e-400', 0], ['1.7976931348623157e308', 1.7976931348623157e308],
    ['2.2250738585072011e-308', 2.2250738585072011e-308], ['0e999999999', 0],
  ])('%j is %d', (text, value) => expect(cell(text)).toBe(value));

  it('rounds like the engine for random decimals', () => {
    let state = 1;
    const next = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
    for (let i = 0; i < 20_000; i++) {
      const text = i % 3 === 0 ? String(next()) : i % 3 === 1 ? (next() * 1000).toFixed(i % 20) : `${next() * 10}e${Math.floor(next() * 40 - 20)}`;
      expect(cell(text)).toBe(Number(text));
    }
  });

  it('rounds like the engine for digits of every number before and behind the point', () => {
    let state = 3;
    const below = (n: number): number => (state = (state * 48271) % 2147483647) % n;
    // Few different digits, so that zeros and nines in a row are common.
    const digits = (count: number): string => Array.from({ length: count }, () => '0099345'[below(7)]).join('');
    for (let before = 0; before <= 20; before++) {
      for (let behind = 0; behind <= 30; behind++) {
        for (let i = 0; i < 20; i++) {
          const text = `${digits(before)}.${digits(behind)}`;
          if (text !== '.') expect(cell(text), text).toBe(Number(text));
        }
      }
    }
  });

  it('sees every character that is no digit', () => {
    for (let at = 2; at < 20; at++) {
      for (let code = 33; code < 127; code++) {
        const character = String.fromCharCode(code);
        const text = `0.${'1'.repeat(at - 2)}${character}${'1'.repeat(20 - at)}`;
        // The engine's own rules; an exponent is one of them, hexadecimal and the like cannot begin here.
        expect(cell(text), text).toBe(Number(text));
      }
    }
  });

  it.each(['', ' ', 'NaN', 'nan', 'NA', 'null', '0x10', '1_000', '1 000', '15%', 'True', '٣', '1e', 'e5', '.', '+', '--1', '1.2.3', 'infinit', '5 5'])(
    '%j is no number',
    (text) => expect(cell(text)).toBeNaN(),
  );

  it.each(['inf', '-Infinity', '+INF', '1e999', '-1e400'])('%j is not finite', (text) => expect(Math.abs(cell(text))).toBe(Infinity));
});

const one = (value: string, metric: string, params: unknown = {}, truth = '1') =>
  gradeText(`id,y\na,${truth}\nb,0\n`, `id,y\na,${value}\nb,0\n`, metric, params);

describe('values of a submission', () => {
  it.each([
    ['', 'mae', 'empty_value'], ['  ', 'mae', 'empty_value'], ['NaN', 'mae', 'not_a_number'], ['15%', 'mae', 'not_a_number'],
    ['True', 'mae', 'not_a_number'], ['inf', 'mae', 'not_finite'], ['1e999', 'mae', 'not_finite'],
    ['1.0000001', 'log_loss', 'out_of_range'], ['-0.1', 'log_loss', 'out_of_range'],
    ['-1', 'rmsle', 'out_of_range'], ['0.5', 'f1', 'bad_label'], ['yes', 'f1', 'bad_label'], ['', 'f1', 'empty_value'], ['2', 'accuracy', 'bad_label'],
  ])('%j under %s is %s', (value, metric, code) => {
    const result = one(value, metric);
    expect(codes(result)).toEqual([code]);
    expect(result.errors[0]).toMatchObject({ column: 'y', line: 2, count: 1, examples: [value] });
  });

  it('obeys the parameter range', () => {
    expect(one('1.5', 'rmse').valid).toBe(true);
    expect(problem(one('1.5', 'rmse', { range: [0, 1] }), 'out_of_range').fix).toContain('between 0 and 1');
  });

  it.each(['1', '1.0', '1e0', 'true', 'TRUE', ' 1'])('%j is the binary label 1', (value) => {
    expect(one(value, 'accuracy').score).toBe(1);
    expect(one(value, 'accuracy', {}, 'True').score).toBe(1);
  });

  it('compares numeric labels as numbers and large integers by their digits', () => {
    const truth = 'id,y\na,1\nb,2\nc,3\nd,9007199254740993\n';
    expect(gradeText(truth, 'id,y\na,1.0\nb,2e0\nc,03\nd,9007199254740993\n', 'accuracy').score).toBe(1);
    expect(gradeText(truth, 'id,y\na,1.0\nb,2e0\nc,03\nd,9007199254740992\n', 'accuracy').score).toBe(0.75);
    expect(codes(gradeText(truth, 'id,y\na,one\nb,2\nc,3\nd,4\n', 'accuracy'))).toEqual(['bad_label']);
  });

  it('compares other labels as exact text', () => {
    const truth = 'id,y\na,1\nb,two\n';
    const result = gradeText(truth, 'id,y\na,1.0\nb,two\n', 'accuracy');
    expect(result.score).toBe(0.5);
    expect(result.warnings).toMatchObject([{ code: 'unknown_label', column: 'y', line: 2, count: 1, examples: ['1.0'] }]);
  });

  it('closes the list of labels with the parameter', () => {
    const truth = 'id,y\na,cat\nb,dog\n';
    const labels = ['cat', 'dog', 'cow'];
    expect(gradeText(truth, 'id,y\na,cow\nb,dog\n', 'accuracy', { labels }).score).toBe(0.5);
    expect(codes(gradeText(truth, 'id,y\na,Cat\nb,dog\n', 'accuracy', { labels }))).toEqual(['bad_label']);
    expect(codes(gradeText(truth, truth, 'accuracy', { labels: ['cat'] }))).toEqual(['bad_answers']);
  });

  it('never lets a missing value improve a score', () => {
    for (const hole of ['', 'NaN', 'nan', 'NA', 'null', 'None', 'inf']) {
      for (const metric of ['mae', 'rmse', 'mse', 'rmsle', 'log_loss', 'roc_auc']) {
        const result = one(hole, metric);
        expect(result.valid).toBe(false);
        expect(result.score).toBeNull();
      }
    }
  });
});

describe('rows of probabilities', () => {
  const answers = 'id,a,b\n1,1,0\n2,0,1\n';
  it('checks or divides by the sum', () => {
    expect(gradeText(answers, 'id,a,b\n1,0.2,0.2\n2,0,1\n', 'log_loss').score).toBeCloseTo(Math.log(2) / 2, 9);
    expect(problem(gradeText(answers, 'id,a,b\n1,0.2,0.2\n2,0,1\n', 'log_loss', { normalize: false }), 'row_sum')).toMatchObject({ line: 2, count: 1 });
    expect(codes(gradeText(answers, 'id,a,b\n1,0,0\n2,0,1\n', 'log_loss'))).toEqual(['row_sum']);
  });
  it('blames answers without exactly one class on the answers', () => {
    expect(codes(gradeText('id,a,b\n1,1,1\n2,0,1\n', answers, 'log_loss'))).toEqual(['bad_answers']);
  });
  it('clips in doubles', () => {
    expect(gradeText('id,y\na,1\n', 'id,y\na,0\n', 'log_loss').score).toBe(34.538776394910684);
    expect(gradeText('id,y\na,0\n', 'id,y\na,1\n', 'log_loss').score).toBe(34.53957599234088);
  });
});

describe('parameters', () => {
  const answers = 'id,y,u\na,1,0\nb,5,1\nc,9,1\n';
  const submission = 'id,y\na,100\nb,5\nc,8\n';
  const where = (column: string, op: string, value: unknown) => gradeText(answers, submission, 'mae', { where: { column, op, value } }, { target: ['y'] });

  it('scores only the rows that where selects, but wants all ids', () => {
    expect(where('u', '==', 1).score).toBe(0.5);
    expect(where('u', '==', true)).toMatchObject({ score: 0.5, rows: 2 });
    expect(where('y', '>', 5).score).toBe(1);
    expect(where('u', '!=', '1').score).toBe(99);
    expect(codes(gradeText(answers, 'id,y\nb,5\nc,8\n', 'mae', { where: { column: 'u', op: '==', value: 1 } }, { target: ['y'] }))).toEqual(['missing_ids']);
  });
  it('does not read the cells of other rows', () => {
    expect(gradeText(answers, 'id,y\na,oops\nb,5\nc,8\n', 'mae', { where: { column: 'u', op: '==', value: 1 } }, { target: ['y'] }).score).toBe(0.5);
  });
  it('says when nothing is selected', () => expect(codes(where('u', '>', 7))).toEqual(['bad_answers']));
  it('says when the column is not there', () => expect(codes(where('v', '>', 7))).toEqual(['bad_answers']));

  it('takes the truth from other columns with answer_target', () => {
    const result = gradeText('id,truth\na,1\nb,2\n', 'id,y\na,1\nb,3\n', 'mae', { answer_target: ['truth'] }, { target: ['y'] });
    expect(result.score).toBe(0.5);
    expect(codes(gradeText('id,truth\na,1\n', 'id,y\na,1\n', 'mae', { answer_target: ['truth', 'x'] }, { target: ['y'] }))).toContain('bad_params');
  });

  it.each([
    ['mae', { nope: 1 }], ['f1', { average: 'mean' }], ['mae', 'text'], ['mae', [1]], ['f1', { range: [0, 1] }], ['mae', { range: [1, 0] }],
    ['log_loss', { eps: 0.7 }], ['log_loss', { labels: [0, 1] }], ['fbeta', { beta: 0 }], ['f1', { list: true }],
  ])('%s %j is bad_params', (metric, params) => {
    const result = gradeText('id,y\na,1\nb,0\n', 'id,y\na,1\nb,0\n', metric, params);
    expect(codes(result)).toEqual(['bad_params']);
    expect(result).toMatchObject({ valid: false, score: null });
  });

  it('finds parameters that do not fit the data', () => {
    expect(codes(gradeText('id,y\na,u\nb,v\nc,w\n', 'id,y\na,u\nb,v\nc,w\n', 'f1'))).toEqual(['bad_params']);
    expect(codes(gradeText('id,y\na,u\nb,v\n', 'id,y\na,u\nb,v\n', 'f1', { pos_label: 'w' }))).toEqual(['bad_params']);
    expect(codes(gradeText('id,y,z\na,1,1\n', 'id,y,z\na,1,1\n', 'accuracy'))).toEqual(['bad_params']);
  });

  it('names a metric that was meant', () => {
    const result = gradeText('id,y\na,1\n', 'id,y\na,1\n', 'rsme');
    expect(codes(result)).toEqual(['unknown_metric']);
    expect(result.direction).toBeNull();
    expect(problem(result, 'unknown_metric').fix).toContain('rmse');
  });
});

describe('broken answers', () => {
  it.each([
    ['empty', ''], ['no rows', 'id,y\n'], ['duplicate ids', 'id,y\na,1\na,2\n'], ['empty id', 'id,y\n,1\na,2\n'], ['a hole', 'id,y\na,\nb,2\n'],
    ['a bad row', 'id,y\na,1\nb\n'], ['not text', 'id,y\na,\0\n'], ['no target', 'id\na\n'], ['a word', 'id,y\na,secret\nb,2\n'],
  ])('%s', (_name, answers) => {
    const result = gradeText(answers, 'id,y\na,1\nb,2\n', 'mae', {}, { id: ['id'], target: ['y'] });
    expect(result.valid).toBe(false);
    expect(codes(result)).toContain('bad_answers');
    expect(problem(result, 'bad_answers').examples).toEqual([]);
    expect(JSON.stringify(result)).not.toContain('secret');
  });

  it('one class only has no ROC AUC, and it is no fault of the player', () => {
    expect(codes(gradeText('id,y\na,1\nb,1\n', 'id,y\na,0.2\nb,0.3\n', 'roc_auc'))).toEqual(['bad_answers']);
  });

  it('never shows a value of the answers', () => {
    const answers = 'id,y\na,tiger-lily\nb,marigold\nc,foxglove\n';
    const result = gradeText(answers, 'id,y\na,\nb,x\nq,y\n', 'f1', { average: 'macro', labels: ['tiger-lily', 'marigold'] });
    expect(JSON.stringify(result)).not.toMatch(/tiger-lily|marigold|foxglove/);
  });
});

describe('public and private rows', () => {
  const answers = 'id,y,Usage\na,1,Public\nb,2,Private\nc,3,Public\nd,4,Private\n';
  const submission = 'id,y\na,2\nb,2\nc,5\nd,4\n';
  it('scores each part and all rows', () => {
    const result = gradeText(answers, submission, 'mae');
    expect(result).toMatchObject({ valid: true, score: 0.75, rows: 4, warnings: [] });
    expect(result.public?.score).toBe(1.5);
    expect(result.private).toEqual({ score: 0, se: 0 });
    expect(result.public?.se).toBeGreaterThan(0);
  });
  it('gives the same error every time', () => expect(gradeText(answers, submission, 'mae')).toEqual(gradeText(answers, submission, 'mae')));
  it('is not split on request', () => expect(gradeText(answers, submission, 'mae', {}, { usageColumn: null, target: ['y'] })).toMatchObject({ public: null, private: null }));
  it('takes a column Usage with other values for an ordinary target', () => {
    const usage = 'id,Usage\na,1.5\nb,2.5\n';
    expect(gradeText(usage, usage, 'mae')).toMatchObject({ score: 0, public: null });
  });
  it('has no public score where the formula has none', () => {
    const result = gradeText('id,y,Usage\na,1,Public\nb,1,Private\nc,0,Private\n', 'id,y\na,1\nb,1\nc,0\n', 'roc_auc');
    expect(result).toMatchObject({ valid: true, score: 1, public: null });
    expect(result.warnings).toMatchObject([{ code: 'undefined_score' }]);
  });
  it('estimates the error of a mean as theory says', () => {
    const n = 400;
    const rows = Array.from({ length: n }, (_, i) => `r${i},${i % 2},Public`).join('\n');
    const zeros = Array.from({ length: n }, (_, i) => `r${i},0`).join('\n');
    const result = gradeText(`id,y,Usage\n${rows}\n`, `id,y\n${zeros}\n`, 'mae');
    expect(result.public?.se).toBeGreaterThan(0.8 * Math.sqrt(0.25 / n));
    expect(result.public?.se).toBeLessThan(1.2 * Math.sqrt(0.25 / n));
  });
});
