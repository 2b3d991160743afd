import { describe, expect, it } from 'vitest';
import { codes, gradeText, problem } from './helpers';

const one = (metric: string, truth: string, submitted: string, params: unknown = {}) =>
  gradeText(`id,y\na,${truth}\n`, `id,y\na,${submitted}\n`, metric, params);

describe('problems of cells that hold several things', () => {
  it.each([
    ['spearman_lists', '1 2 3', '1 2', 'bad_list', {}], ['spearman_lists', '1 2 3', '1 2 x', 'not_a_number', {}], ['spearman_lists', '1 2 3', '1 2 inf', 'not_finite', {}],
    ['kendall_tau_order', 'p q r', 'p q q', 'bad_list', {}], ['kendall_tau_order', 'p q r', 'p q', 'bad_list', {}], ['kendall_tau_order', 'p q r', 'p q s', 'bad_list', {}],
    ['ndcg_at_k', 'p', 'p q', 'bad_list', { k: 3, long: true }],
    ['dice_rle', '1 2', '1', 'bad_rle', {}], ['dice_rle', '1 2', '0 2', 'bad_rle', {}], ['dice_rle', '1 2', '1 0', 'bad_rle', {}], ['dice_rle', '1 2', '1 3 2 1', 'bad_rle', {}],
    ['dice_rle', '1 2', '1.0 2', 'bad_rle', {}], ['dice_rle', '1 2', ' ', 'bad_rle', {}], ['dice_rle', '1 2', '3 3', 'bad_rle', { height: 2, width: 2 }],
    ['iou_precision_boxes', '1 0 0 2 2', '1 0 0 2', 'bad_boxes', {}], ['iou_precision_boxes', '1 0 0 2 2', '1 0 0 -2 2', 'bad_boxes', {}],
    ['detection_map', 'c 1 0 0 2 2', 'c 1 0 0 2', 'bad_boxes', {}], ['detection_map', 'c 1 0 0 2 2', 'c 1 2 0 0 2', 'bad_boxes', {}], ['detection_map', 'c 1 0 0 2 2', 'c x 0 0 2 2', 'not_a_number', {}],
    ['span_f1', '0 5', '5 0', 'bad_spans', {}], ['span_f1', '0 5', '0 5;', 'bad_spans', {}], ['span_f1', '0 5', '0 a', 'bad_spans', {}], ['span_f1', '0 5', '-1 2', 'bad_spans', {}],
    ['quadratic_weighted_kappa', '3', '2.5', 'bad_label', {}], ['top1_error', 'p', '  ', 'empty_value', { first_of_list: true }],
  ])('%s: %j against %j is %s %j', (metric, truth, submitted, code, params) => {
    const result = gradeText(`id,y\na,${truth}\nb,${truth}\n`, `id,y\na,${truth}\nb,${submitted}\n`, metric, params);
    expect(codes(result)).toEqual([code]);
    expect(result.errors[0]).toMatchObject({ column: 'y', line: 3, count: 1, examples: [submitted] });
  });

  it('counts a list with several unknown labels once', () => {
    const params = { list: true, average: 'micro', labels: ['p', 'q', 'q'] };
    const answers = 'id,y\na,p\nb,p q\n';
    expect(problem(gradeText(answers, 'id,y\na,x y z\nb,p\n', 'f1', params), 'bad_label')).toMatchObject({ line: 2, count: 1, examples: ['x'] });
    expect(gradeText(answers, 'id,y\na,x y z\nb,p\n', 'f1', { list: true, average: 'micro' }).warnings).toMatchObject([{ code: 'unknown_label', count: 1 }]);
    expect(gradeText(answers, answers, 'f1', { ...params, average: 'macro', labels: ['p', 'p', 'q', 'r'], zero_division: 0 }).score).toBeCloseTo(2 / 3, 12);
  });

  it('checks the lists behind a constant one', () => {
    const result = gradeText('id,y\na,1 2 3\nb,1 2 3\n', 'id,y\na,5 5 5\nb,1 2\n', 'spearman_lists');
    expect(codes(result)).toEqual(['bad_list', 'undefined_score']);
    expect(codes(gradeText('id,y\na,1 2 3\n', 'id,y\na,5 5 5\n', 'spearman_lists'))).toEqual(['undefined_score']);
  });

  it('blames a constant truth before a constant prediction, in whatever order they come', () => {
    const lists = 'id,y\na,1 2\nb,3 3\n';
    expect(codes(gradeText(lists, 'id,y\na,5 5\nb,1 2\n', 'spearman_lists'))).toEqual(['bad_answers']);
    expect(codes(gradeText('id,p,q\na,1,3\nb,2,3\n', 'id,p,q\na,5,1\nb,5,2\n', 'spearman_columnwise'))).toEqual(['bad_answers']);
  });

  it('blames an infinite loss on the prediction and weights of 0 on the answers', () => {
    const answers = 'id,p,q\na,1,0\n';
    const grade = (submitted: string, params: unknown) => gradeText(answers, `id,p,q\na,${submitted}\n`, 'log_loss_weighted_columns', params);
    expect(codes(grade('0,0.5', { eps: 0 }))).toEqual(['undefined_score']);
    expect(grade('0,0.5', { eps: 0, positive_weights: [0, 1] }).score).toBeCloseTo(Math.LN2, 12);
    expect(codes(grade('0.5,0.5', { positive_weights: [0, 1], negative_weights: [1, 0] }))).toEqual(['bad_answers']);
  });

  it('takes - and an empty cell for no mask, and an empty cell for an empty list', () => {
    expect(one('dice_rle', '', '-').score).toBe(1);
    expect(one('map_at_k', 'p', '', { k: 3 }).score).toBe(0);
    expect(one('map_at_k', '', 'p', { k: 3 }).score).toBe(0);
    expect(one('span_f1', '', '').score).toBe(1);
  });

  it('wants a label and two numbers for a point', () => {
    expect(codes(one('point_box_f1', 'c 0 0 2 2', 'c 1'))).toEqual(['bad_boxes']);
    expect(one('point_box_f1', 'c 0 0 2 2', 'c 1 1').score).toBe(1);
    expect(one('point_box_f1', 'c 0 0 2 2', 'c 0 1').score).toBe(0);
  });

  it('finds objects that share a pixel', () => {
    const result = gradeText('id,y\na,1 2\n', 'id,y\na,1 4\na,4 2\n', 'f2_iou_masks');
    expect(problem(result, 'overlap')).toMatchObject({ line: 2, count: 1, examples: ['a'] });
  });

  it('bounds the rows of an id in long form and keeps their order', () => {
    const answers = 'id,y\na,p q\nb,r\n';
    const long = (rows: string) => gradeText(answers, `id,y\n${rows}`, 'ndcg_at_k', { k: 2, long: true });
    expect(long('a,p\nb,r\na,q\n').score).toBe(1);
    expect(codes(long('a,p\na,q\na,z\nb,r\n'))).toEqual(['too_many']);
    expect(codes(long('a,p\n'))).toEqual(['missing_ids']);
  });
});

describe('where a formula has no value', () => {
  const pair = (metric: string, truth: readonly string[], submitted: readonly string[], params: unknown = {}) => {
    const file = (cells: readonly string[]): string => `id,y\n${cells.map((cell, i) => `r${i},${cell}`).join('\n')}\n`;
    return codes(gradeText(file(truth), file(submitted), metric, params));
  };
  it.each([
    ['pearson', ['1', '2'], ['5', '5'], 'undefined_score'], ['spearman', ['1', '2'], ['5', '5'], 'undefined_score'], ['pearson', ['1', '1'], ['5', '6'], 'bad_answers'],
    ['mse', ['1', '2'], ['1e200', '1'], 'undefined_score'], ['r2', ['2', '2'], ['1', '2'], 'bad_answers'], ['mape', ['0', '2'], ['1', '2'], 'bad_answers'],
    ['rmspe', ['0', '0'], ['1', '2'], 'bad_answers'], ['rmsle', ['-1', '2'], ['1', '2'], 'bad_answers'], ['average_precision', ['0', '0'], ['1', '2'], 'bad_answers'],
    ['quadratic_weighted_kappa', ['3', '3'], ['1', '2'], 'bad_answers'], ['gini_normalized', ['3', '3'], ['1', '2'], 'bad_answers'],
    ['log_loss_balanced', ['1', '1'], ['0.5', '0.5'], 'bad_answers'], ['probabilistic_f1', ['0', '0'], ['0.5', '0.5'], 'bad_answers'],
    ['detection_map', ['', ''], ['c 1 0 0 1 1', ''], 'bad_answers'], ['point_box_f1', ['', ''], ['', ''], 'bad_answers'],
    ['dice_hausdorff', ['', ''], ['', ''], 'undefined_score'],
  ])('%s of %j and %j: %s', (metric, truth, submitted, code) => {
    expect(pair(metric, truth, submitted, metric === 'dice_hausdorff' ? { height: 2, width: 2 } : {})).toEqual([code]);
  });

  it('needs the parameters that a metric requires', () => {
    for (const metric of ['map_at_k', 'mrr_at_k', 'ndcg_at_k', 'weighted_mae', 'log_mae_grouped', 'haversine_p50_p95', 'roc_auc_bias_weighted']) {
      expect(pair(metric, ['1', '2'], ['1', '2'])).toEqual(['bad_params']);
    }
  });
});
