import type { CsvTable } from '../../grading/csv';
import type { OutputColumn } from '../../grading/writeCsv';

/**
 * Columns that a native metric needs and that a benchmark's grader computes from ids on the fly.
 * They are added to the imported answers, by competition.
 */
const rules: Readonly<Record<string, (answers: CsvTable) => readonly OutputColumn[]>> = {
  /** `Test_0_grapheme_root` → `grapheme_root`. */
  'bengaliai-cv19': (answers) => [{ name: 'component', cells: (row) => text(answers, 'row_id', row).split('_').slice(2).join('_') }],
  /** `12_5` → returns 1 to 60 weigh as intraday ones, 61 and 62 as daily ones. */
  'the-winton-stock-market-challenge': (answers) => [
    { name: 'weight', cells: (row) => text(answers, Number(text(answers, 'Id', row).split('_')[1]) <= 60 ? 'Weight_Intraday' : 'Weight_Daily', row) },
  ],
  'osic-pulmonary-fibrosis-progression': (answers) => {
    const scored = lastWeeks(answers, 3);
    return [{ name: 'scored', cells: (row) => (scored.has(row) ? '1' : '0') }];
  },
  /** `case1_day2_slice_0003` → `case1_day2`. */
  'uw-madison-gi-tract-image-segmentation': (answers) => [{ name: 'volume', cells: (row) => text(answers, 'id', row).split('_slice_')[0] ?? '' }],
};

/** Columns to add to the answers of a competition; those that are there already are not made again. */
export function derivedColumns(competition: string, answers: CsvTable): readonly OutputColumn[] {
  return (rules[competition]?.(answers) ?? []).filter(({ name }) => !answers.header.includes(name));
}

function text(table: CsvTable, column: string, row: number): string {
  return table.columns.get(column)?.text(row) ?? '';
}

/** The rows with a measurement of each patient's last `count` weeks; `Patient_Week` is `<patient>_<week>`. */
function lastWeeks(answers: CsvTable, count: number): ReadonlySet<number> {
  const byPatient = new Map<string, { row: number; week: number }[]>();
  for (let row = 0; row < answers.rows; row++) {
    if (text(answers, 'FVC', row) === '') continue;
    const [patient = '', week] = text(answers, 'Patient_Week', row).split(/_(?=-?\d+$)/);
    const rows = byPatient.get(patient) ?? [];
    rows.push({ row, week: Number(week) });
    byPatient.set(patient, rows);
  }
  return new Set([...byPatient.values()].flatMap((rows) => rows.sort((a, b) => a.week - b.week).slice(-count).map(({ row }) => row)));
}
