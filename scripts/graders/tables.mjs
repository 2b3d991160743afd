// Random answers and submissions that fit a metric, as CSV texts.

/** Numbers in [0, 1), the same for a seed (mulberry32). */
export function randomNumbers(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const words = ['alpha', 'beta', 'gamma', 'delta', 'omega', 'sigma', 'kappa', 'theta'];
const cell = (value) => (/[",\n\r]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
const csv = (header, rows) => `${[header, ...rows].map((row) => row.map(cell).join(',')).join('\n')}\n`;

/** `{answers, submission, id, target, params?}`; undefined for a metric without generator. */
export function makeTables(task) {
  const make = special[task.competition] ?? special[`${task.benchmark} ${task.competition}`] ?? generators[task.metric];
  return make?.({ ...task, ...dice(task.random) });
}

/** Probabilities have ties and are now and then exactly 0 or 1, where graders clip differently. */
function dice(random) {
  const whole = (n) => Math.floor(random() * n);
  const pick = (list) => list[whole(list.length)];
  const shuffled = (list) => {
    const copy = [...list];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = whole(i + 1);
      [copy[i], copy[j]] = [copy[j], copy[i]];
    }
    return copy;
  };
  return { whole, pick, shuffled, positive: () => Number((0.1 + 10 * random()).toFixed(4)), probability: () => (random() < 0.05 ? whole(2) : Number(random().toFixed(2))), bit: () => (random() < 0.4 ? 1 : 0) };
}

/** Rows of ids; the submission's ids in another order where the grader sorts. */
const ids = (task) => Array.from({ length: task.rows }, (_, k) => (numericIds.has(task.competition) ? 100000 + ((k * 7919) % 10007) : `r${String((k * 7919) % 10007).padStart(5, '0')}`));
const numericIds = new Set(['avazu-ctr-prediction']);

/** One row an id: `truth()` and `guess(truth)` give the cells of the target columns. */
function plain(task, truth, guess, more = {}) {
  const names = ids(task);
  const extra = Object.entries(more);
  const rows = names.map((id, row) => ({ id, truth: truth(row), more: extra.map(([, value]) => value(row)) }));
  const others = (task.more ?? []).map(() => 0.5);
  return {
    id: task.id,
    target: task.target,
    answers: csv([...task.id, ...(task.params.answer_target ?? task.target), ...extra.map(([name]) => name)], rows.map(({ id, truth, more }) => [id, ...truth, ...more])),
    submission: csv([...task.id, ...task.target, ...(task.more ?? [])], rows.map(({ id, truth }, row) => [id, ...guess(truth, row), ...others])),
  };
}

const each = (task, make) => task.target.map(() => make());
const numbers = (task, more) => plain(task, () => each(task, task.positive), () => each(task, task.positive), more);
const ranked = (task, more) => plain(task, (row) => each(task, () => (row < 2 ? row : task.bit())), () => each(task, task.probability), more);
/** At least one positive and one negative in each column. */
const binaryColumns = (task) => plain(task, (row) => task.target.map((_, k) => (row < 2 ? (row + k) % 2 : task.bit())), () => each(task, task.probability));
const labels = (task, count) => plain(task, (row) => each(task, () => (row < count ? row : task.whole(count))), () => each(task, () => task.whole(count)));
const normal = (values) => {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
};
const oneHot = (task, row) => {
  const right = row < task.target.length ? row : task.whole(task.target.length);
  return task.target.map((_, k) => (k === right ? 1 : 0));
};
const list = (task, from, most, least = 1) => task.shuffled(from).slice(0, least + task.whole(most - least + 1));

/** Sorted runs that do not touch: `start length …` inside `size` pixels. */
function mask(task, size) {
  const runs = [];
  for (let at = 1 + task.whole(size / 6); at + 12 < size && runs.length < 6; ) {
    const length = 1 + task.whole(size / 10);
    if (at + length > size) break;
    runs.push(`${at} ${length}`);
    at += length + 1 + task.whole(size / 8);
  }
  return runs.length === 0 ? '1 5' : runs.join(' ');
}
const masks = (task, size, more) => plain(task, () => [mask(task, size)], () => [mask(task, size)], more);

function boxes(task, prefix) {
  return Array.from({ length: 1 + task.whole(3) }, () => {
    const [x, y] = [task.whole(40), task.whole(40)];
    return prefix(x, y, 10 + task.whole(20), 10 + task.whole(20));
  }).join(' ');
}
/** The true boxes a little moved, so that some hit. */
const moved = (task, cell, every, confidence, places) =>
  cell.split(' ').map((token, k) => (confidence === k % every ? task.probability() : places.includes(k % every) ? Number(token) + task.whole(5) : token)).join(' ');

const generators = {
  rmse: numbers, mse: numbers, mae: numbers, medae: numbers, rmsle: numbers, rmsle_columnwise: numbers, rmsle_pooled: numbers, mcrmse: numbers, smape: numbers, rmspe: numbers, r2: numbers,
  pearson: numbers, spearman: numbers, spearman_columnwise: numbers,
  log_mae_grouped: (task) => numbers(task, { [task.params.group_column]: () => task.pick(words) }),
  weighted_mae: (task) => numbers(task, { [task.params.weight_column]: () => (task.params.weight_values ? task.pick(['True', 'False']) : task.positive()) }),
  roc_auc: ranked, roc_auc_weighted_segments: ranked, probabilistic_f1: ranked,
  gini_normalized: (task) => plain(task, (row) => [row < 2 ? row : task.bit()], () => [task.random()]),
  roc_auc_columnwise: binaryColumns,
  lwlrap: binaryColumns,
  log_loss: (task) =>
    task.target.length === 1 ? ranked(task) : plain(task, (row) => oneHot(task, row), () => (task.random() < 0.05 ? oneHot(task, task.rows) : normal(each(task, () => 0.01 + task.random())))),
  log_loss_balanced: (task) => {
    const names = ids(task);
    const truth = names.map((_, row) => (row < 2 ? row : task.bit()));
    return {
      id: task.id, target: task.target,
      answers: csv([...task.id, 'Class'], names.map((id, row) => [id, truth[row]])),
      submission: csv([...task.id, ...task.target], names.map((id) => [id, ...normal([0.01 + task.random(), 0.01 + task.random()])])),
    };
  },
  kl_divergence: (task) => plain(task, () => task.target.map((_, k) => (k === 0 ? 1 : 0) + task.whole(5)), () => normal(each(task, () => 0.01 + task.random()))),
  accuracy: (task) => labels(task, 3), f1: (task) => (task.params.list ? plain(task, () => [list(task, words, 4).join(' ')], () => [list(task, words, 4).join(' ')]) : labels(task, task.params.average === 'binary' ? 2 : 4)),
  matthews_corrcoef: (task) => labels(task, 2), quadratic_weighted_kappa: (task) => labels(task, 5),
  top1_error: (task) => plain(task, () => [task.whole(6)], () => [task.params.first_of_list ? list(task, [0, 1, 2, 3, 4, 5], 5).join(' ') : task.whole(6)]),
  map_at_k: (task) => plain(task, () => [task.competition.startsWith('h-and-m') ? list(task, words, 5).join(' ') : task.pick(words)], () => [list(task, words, 8, 2).join(' ')]),
  ndcg_at_k: (task) => {
    const names = ids(task);
    return {
      id: task.id, target: task.target,
      answers: csv([...task.id, ...task.target], names.map((id) => [id, task.pick(words)])),
      submission: csv([...task.id, ...task.target], names.flatMap((id) => task.shuffled(words).slice(0, 5).map((word) => [id, word]))),
    };
  },
  jaccard_words: (task) => plain(task, () => [list(task, words, 5).join(' ')], () => [list(task, words, 5).join(' ')]),
  levenshtein: (task) => plain(task, () => [list(task, words, 4).join('/')], () => [list(task, words, 4).join('/')]),
  levenshtein_normalized: (task) => plain(task, () => [list(task, [1, 2, 3, 4, 5, 6], 6, 2).join(' ')], () => [list(task, [1, 2, 3, 4, 5, 6], 6, 2).join(' ')]),
  kendall_tau_order: (task) => plain(task, () => [list(task, words, 8, 3).join(' ')], ([truth]) => [task.shuffled(truth.split(' ')).join(' ')]),
  spearman_lists: (task) => plain(task, () => [task.shuffled([1, 2, 3, 4, 5]).join(' ')], () => [task.shuffled([1, 2, 3, 4, 5]).join(' ')]),
  span_f1: (task) => {
    const spans = () => Array.from({ length: 1 + task.whole(3) }, (_, k) => `${k * 20 + task.whole(8)} ${k * 20 + 8 + task.whole(8)}`).join(';');
    return plain(task, () => [spans()], () => [spans()]);
  },
  point_box_f1: (task) =>
    plain(task, () => [boxes(task, (x, y, w, h) => `${task.pick(words)} ${x} ${y} ${w} ${h}`)], ([truth]) => {
      const tokens = truth.split(' ');
      return [Array.from({ length: tokens.length / 5 }, (_, k) => `${task.random() < 0.8 ? tokens[5 * k] : task.pick(words)} ${Number(tokens[5 * k + 1]) + 0.5 + task.whole(25)} ${Number(tokens[5 * k + 2]) + 0.5 + task.whole(25)}`).join(' ')];
    }),
  detection_map: (task) => {
    const classes = task.competition.startsWith('vinbig') ? [0, 1, 2] : ['opacity', 'none'];
    return plain(task, () => [boxes(task, (x, y, w, h) => `${task.pick(classes)} 1 ${x} ${y} ${x + w} ${y + h}`)], ([truth]) => [moved(task, truth, 6, 1, [2, 3])]);
  },
  iou_precision_boxes: (task) => plain(task, () => [boxes(task, (x, y, w, h) => `1 ${x} ${y} ${w} ${h}`)], ([truth]) => [moved(task, truth, 5, 0, [1, 2])]),
  iou_precision_masks: (task) => masks(task, 101 * 101),
  dice_rle: (task) => masks(task, 400, task.benchmark === 'mleBench' ? { [task.params.height]: () => 20, [task.params.width]: () => 20 } : {}),
  fbeta_rle: (task) => masks(task, 400, task.benchmark === 'mleBench' ? { width: () => 20, height: () => 20 } : {}),
  angular_error: (task) => {
    const direction = () => [Number((2 * Math.PI * task.random()).toFixed(5)), Number((Math.PI * task.random()).toFixed(5))];
    return plain(task, direction, direction);
  },
};

/** Definitions with ids or columns of their own. */
const special = {
  'bengaliai-cv19': (task) => {
    const rows = Array.from({ length: task.rows }, (_, k) => ['grapheme_root', 'consonant_diacritic', 'vowel_diacritic'].map((part) => `Test_${k}_${part}`)).flat();
    return { id: ['row_id'], target: ['target'], answers: csv(['row_id', 'target'], rows.map((id, k) => [id, k < 9 ? Math.floor(k / 3) : task.whole(3)])), submission: csv(['row_id', 'target'], rows.map((id) => [id, task.whole(3)])) };
  },
  'the-winton-stock-market-challenge': (task) => {
    const rows = Array.from({ length: task.rows }, (_, k) => `${1 + Math.floor(k / 62)}_${1 + (k % 62)}`);
    return { id: ['Id'], target: ['Predicted'], answers: csv(['Id', 'Predicted', 'Weight_Intraday', 'Weight_Daily'], rows.map((id) => [id, task.positive(), task.positive(), task.positive()])), submission: csv(['Id', 'Predicted'], rows.map((id) => [id, task.positive()])) };
  },
  'osic-pulmonary-fibrosis-progression': (task) => {
    const rows = Array.from({ length: task.rows }, (_, k) => ({ patient: `ID${Math.floor(k / 6)}`, week: (k % 6) * 3 - 2 }));
    return {
      id: ['Patient_Week'], target: ['FVC'],
      answers: csv(['Patient_Week', 'Patient', 'FVC', 'Confidence'], rows.map(({ patient, week }, k) => [`${patient}_${week}`, patient, k % 6 === 2 ? '' : 2000 + task.whole(1500), 100])),
      submission: csv(['Patient_Week', 'FVC', 'Confidence'], rows.map(({ patient, week }) => [`${patient}_${week}`, 2000 + task.whole(1500), 50 + task.whole(200)])),
    };
  },
  'rsna-2022-cervical-spine-fracture-detection': (task) => {
    const parts = ['patient_overall', 'C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'C7'];
    const rows = Array.from({ length: task.rows }, (_, k) => parts.map((part) => ({ study: `1.2.${1000 + k}`, part }))).flat();
    return { id: ['row_id'], target: ['fractured'], answers: csv(['StudyInstanceUID', 'prediction_type', 'row_id', 'fractured'], rows.map(({ study, part }) => [study, part, `${study}_${part}`, task.bit()])), submission: csv(['row_id', 'fractured'], rows.map(({ study, part }) => [`${study}_${part}`, 0.01 + 0.98 * task.probability()])) };
  },
  'smartphone-decimeter-2022': (task) => {
    const rows = Array.from({ length: task.rows }, (_, k) => [`trip${k % 4}`, 1600000000000 + k * 1000]);
    const place = () => [37 + task.random() / 100, -122 + task.random() / 100];
    return { id: ['tripId', 'UnixTimeMillis'], target: ['LatitudeDegrees', 'LongitudeDegrees'], answers: csv(['tripId', 'UnixTimeMillis', 'LatitudeDegrees', 'LongitudeDegrees'], rows.map((id) => [...id, ...place()])), submission: csv(['tripId', 'UnixTimeMillis', 'LatitudeDegrees', 'LongitudeDegrees'], rows.map((id) => [...id, ...place()])) };
  },
  'flavours-of-physics-kernels-only': (task) => ranked(task, { min_ANNmuon: () => task.probability() }),
  'jigsaw-unintended-bias-in-toxicity-classification': (task) => ranked(task, Object.fromEntries(task.params.identity_columns.map((name) => [name, (row) => (row < 4 ? row % 2 : task.bit())]))),
  'mleBench ventilator-pressure-prediction': (task) => numbers(task, { u_out: () => task.bit() }),
  'mleBench stanford-covid-vaccine': (task) => numbers(task, { keep: () => task.pick(['True', 'False']) }),
  'mleBench uw-madison-gi-tract-image-segmentation': (task) => {
    const rows = Array.from({ length: 4 }, (_, day) => Array.from({ length: 3 }, (_, slice) => ['stomach', 'large_bowel'].map((part) => [`case1_day${day}_slice_${String(slice).padStart(4, '0')}`, part])).flat()).flat();
    return { id: ['id', 'class'], target: ['predicted'], answers: csv(['id', 'class', 'predicted', 'image_height', 'image_width'], rows.map((id) => [...id, mask(task, 400), 20, 20])), submission: csv(['id', 'class', 'predicted'], rows.map((id) => [...id, mask(task, 400)])) };
  },
  'mleBench hubmap-kidney-segmentation': (task) => masks({ ...task, rows: 12 }, 400, { height_pixels: () => 20, width_pixels: () => 20 }),
  'mleBench iwildcam-2019-fgvc6': (task) => labels(task, 4),
  'detecting-insults-in-social-commentary': (task) => {
    const rows = ids(task).map((id, row) => [id, row < 2 ? row : task.bit(), task.probability()]);
    const header = ['Insult', 'Date', 'Comment'];
    return { id: ['Comment'], target: ['Insult'], answers: csv(header, rows.map(([id, truth]) => [truth, 'then', id])), submission: csv(header, rows.map(([id, , guess]) => [guess, 'then', id])) };
  },
  'facial-keypoints-detection': (task) => {
    const rows = ids(task).map((id, row) => [id, row % 5, 'nose_tip_x', task.positive(), task.positive()]);
    const header = ['RowId', 'ImageId', 'FeatureName', 'Location'];
    return { id: ['RowId'], target: ['Location'], answers: csv(header, rows.map(([id, image, name, truth]) => [id, image, name, truth])), submission: csv(header, rows.map(([id, image, name, , guess]) => [id, image, name, guess])) };
  },
  'petfinder-pawpularity-score': (task) => plain(task, () => [1 + task.whole(100)], () => [1 + task.whole(100)]),
  'airbus-ship-detection': (task) => {
    const names = ids({ ...task, rows: 8 });
    const objects = (id) => [[id, mask(task, 3000)], [id, `${20000 + task.whole(300)} ${200 + task.whole(200)}`]];
    return { id: ['ImageId'], target: ['EncodedPixels'], answers: csv(['ImageId', 'EncodedPixels'], names.flatMap(objects)), submission: csv(['ImageId', 'EncodedPixels'], names.flatMap(objects)) };
  },
};
