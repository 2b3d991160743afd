// Compares Podium's native metrics with the graders of MLE-Dojo and MLE-bench: for every definition
// whose columns can be read off its grader, random answers and submissions go to both. Writes a
// table. The graders are executed here, outside of any sandbox: give checkouts that you trust.
//
//   node scripts/compareGraders.mjs [--mle-dojo <checkout>] [--mle-bench <checkout>]
//        [--python python3] [--rounds 3] [--rows 60] [--seed 1] [--out bench/graders.md]
//
// Needs Python with pandas and scikit-learn.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { columnsOf } from './graders/columns.mjs';
import { makeTables, randomNumbers } from './graders/tables.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const { values: flags } = parseArgs({
  options: {
    'mle-dojo': { type: 'string' }, 'mle-bench': { type: 'string' }, python: { type: 'string', default: 'python3' }, rounds: { type: 'string', default: '3' },
    rows: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' }, out: { type: 'string' }, only: { type: 'string' },
  },
});
const rounds = Number(flags.rounds);
/** Relative to max(1, |score|): the definition of the metrics promises 1e-9. */
const tolerance = 1e-9;

const work = mkdtempSync(join(tmpdir(), 'podium-graders-'));
try {
  const podium = await loadPodium();
  const sections = [];
  if (flags['mle-dojo']) sections.push(compare('MLE-Dojo', 'mleDojo', resolve(flags['mle-dojo']), podium));
  if (flags['mle-bench']) sections.push(compare('MLE-bench', 'mleBench', resolve(flags['mle-bench']), podium));
  const text = report(sections);
  if (flags.out) writeFileSync(flags.out, text);
  else process.stdout.write(text);
  for (const { name, rows } of sections) process.stderr.write(`${name}: ${summary(rows)}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** What `podium grade` calls, bundled from the sources. */
async function loadPodium() {
  const entry = join(work, 'entry.ts');
  const source = (path) => JSON.stringify(join(root, 'src', path));
  writeFileSync(
    entry,
    `export { grade } from ${source('core/grading/grade')};\nexport { layoutHints } from ${source('core/competition/import/layout')};\n` +
      `export { derivedColumns } from ${source('core/competition/import/derivedColumns')};\nexport { readWhole, writeCsv, allColumns } from ${source('core/grading/writeCsv')};\n` +
      `export { knownProblems } from ${source('core/competition/import/knownProblems')};\nexport { metricNames } from ${source('core/grading/registry')};\n`,
  );
  const outfile = join(work, 'podium.mjs');
  await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'error', nodePaths: [join(root, 'node_modules')] });
  return import(outfile);
}

function compare(name, benchmark, checkout, podium) {
  const catalogue = JSON.parse(readFileSync(join(root, 'media', 'catalogue.json'), 'utf8'));
  const random = randomNumbers(Number(flags.seed));
  const folder = join(work, benchmark);
  mkdirSync(folder);
  const jobs = [];
  const rows = [];
  for (const { grader, id, form, className } of definitions(benchmark, checkout)) {
    if (flags.only && !flags.only.split(',').includes(id)) continue;
    const entry = catalogue.competitions.find((candidate) => candidate.id === id);
    const row = { id, metric: entry?.metric ?? '', flagged: podium.knownProblems(benchmark === 'mleDojo' ? 'mle-dojo' : 'mle-bench', id).length > 0 };
    rows.push(row);
    if (!entry?.[benchmark] || entry[benchmark].native === false) {
      row.skipped = entry?.[benchmark]?.why ?? 'not in the catalogue';
      continue;
    }
    const hints = podium.layoutHints(entry, benchmark);
    const columns = columnsOf(benchmark, id, readFileSync(join(checkout, grader), 'utf8'), hints, dirname(join(checkout, grader)));
    for (let round = 0; round < rounds; round++) {
      const tables = makeTables({ ...hints, ...columns, competition: id, benchmark, rows: Number(flags.rows), random });
      if (tables === undefined) {
        row.skipped = 'no generator for it';
        break;
      }
      const place = join(folder, `${jobs.length}`);
      mkdirSync(place);
      writeFileSync(join(place, 'answers.csv'), tables.answers);
      writeFileSync(join(place, 'submission.csv'), tables.submission);
      jobs.push({ row, tables, hints, id, python: { file: grader, name: className, form, answers: join(place, 'answers.csv'), submission: join(place, 'submission.csv') } });
    }
  }
  const { results, versions } = runPython(checkout, jobs.map((job) => job.python));
  jobs.forEach((job, index) => judge(job, results[index], podium));
  return { name, rows, versions };
}

function definitions(benchmark, checkout) {
  const base = benchmark === 'mleDojo' ? 'mledojo/competitions' : 'mlebench/competitions';
  const file = benchmark === 'mleDojo' ? 'utils/metric.py' : 'grade.py';
  return readdirSync(join(checkout, base))
    .filter((id) => existsSync(join(checkout, base, id, file)))
    .sort()
    .map((id) => {
      const grader = `${base}/${id}/${file}`;
      const className = /^class (\w+)\(CompetitionMetrics\)/m.exec(readFileSync(join(checkout, grader), 'utf8'))?.[1];
      return benchmark === 'mleDojo' ? { id, grader, form: 'class', className } : { id, grader, form: 'function', className: 'grade' };
    });
}

/** All cases of a checkout in one process, with the same support as in the sandbox. */
function runPython(checkout, cases) {
  const driver = [
    readFileSync(join(root, 'media', 'python', 'grade.py'), 'utf8').replace(/\nmain\(\)\s*$/, '\n'),
    'import contextlib, warnings',
    'warnings.simplefilter("ignore")',
    'checkout, cases, result = sys.argv[1:]',
    // Support packages pull in the whole harness through their __init__.py: only their folders are wanted.
    'for top in ("mledojo", "mledojo.competitions", "mledojo.metrics", "mlebench", "mlebench.competitions"):',
    '    module = types.ModuleType(top)',
    '    module.__path__ = [os.path.join(checkout, *top.split("."))]',
    '    sys.modules[top] = module',
    'sys.path.insert(0, checkout)',
    'sys.meta_path.append(StandIns())',
    'supply()',
    'results = []',
    'for case in json.load(open(cases)):',
    '    try:',
    '        with contextlib.redirect_stdout(sys.stderr):',
    '            grader = getattr(importlib.import_module(case["file"][:-3].replace("/", ".")), case["name"])',
    '            results.append(outcome(grader, case["form"], case))',
    '    except ModuleNotFoundError as error:',
    '        results.append({"kind": "no_module", "message": str(error)})',
    '    except Exception as error:',
    '        results.append({"kind": "broken", "type": type(error).__name__, "message": str(error)[:200]})',
    'import pandas, sklearn, numpy',
    'versions = ", ".join(f"{module.__name__} {module.__version__}" for module in (pandas, sklearn, numpy))',
    'json.dump({"results": results, "versions": versions}, open(result, "w"))',
  ].join('\n');
  const [script, list, result] = ['driver.py', 'cases.json', 'result.json'].map((name) => join(work, name));
  writeFileSync(script, driver);
  writeFileSync(list, JSON.stringify(cases));
  const { status, stderr } = spawnSync(flags.python, [script, checkout, list, result], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`The graders could not be run: ${stderr.slice(-2000)}`);
  return JSON.parse(readFileSync(result, 'utf8'));
}

function judge({ row, tables, hints, id }, original, podium) {
  const read = podium.readWhole(Buffer.from(tables.answers));
  const answers = podium.writeCsv([...podium.allColumns(read.table), ...podium.derivedColumns(id, read.table)], Array.from({ length: read.table.rows }, (_, k) => k));
  const own = podium.grade({ answers, submission: Buffer.from(tables.submission), metric: hints.metric, params: { ...hints.params, ...tables.params }, id: tables.id, target: tables.target, usageColumn: null, parts: false });
  if (original.kind !== 'score') {
    row.skipped ??= `its grader: ${original.kind === 'not_finite' ? 'no finite score' : `${original.type ?? original.kind}: ${original.message}`}`;
    return;
  }
  if (!own.valid) {
    row.skipped ??= `Podium: ${own.errors[0].message}`;
    return;
  }
  row.rounds = (row.rounds ?? 0) + 1;
  const difference = Math.abs(own.score - original.score) / Math.max(1, Math.abs(own.score));
  if (row.difference === undefined || difference > row.difference) Object.assign(row, { difference, own: own.score, original: original.score });
}

function agrees(row) {
  return row.difference !== undefined && row.difference <= tolerance;
}

function summary(rows) {
  const compared = rows.filter((row) => row.difference !== undefined);
  const differ = compared.filter((row) => !agrees(row));
  return `${rows.length} definitions, ${compared.length} compared, ${compared.length - differ.length} agree to ${tolerance}, ${differ.length} differ (${differ.filter((row) => row.flagged).length} of them flagged on import), ${rows.length - compared.length} not compared`;
}

function report(sections) {
  const lines = [
    '# Native metrics and the benchmarks\' own graders',
    '',
    `Made by \`scripts/compareGraders.mjs\`: random answers and submissions, ${rounds} rounds of about ${flags.rows} rows a definition, seed ${flags.seed}.`,
    'The same files go to the grader of the benchmark and to what `podium grade` calls. The difference is the largest of the rounds,',
    `relative to max(1, |score|). Flagged: the import warns that this grader differs from the competition's definition.`,
  ];
  const versions = sections[0]?.versions;
  if (versions) lines.push(`Libraries of the graders: ${versions}.`);
  for (const { name, rows } of sections) {
    lines.push('', `## ${name}`, '', `${summary(rows)}.`, '', '### By metric', '', '| metric | definitions compared | agree | largest difference of those |', '|---|---|---|---|');
    const metrics = [...new Set(rows.map((row) => row.metric))].filter(Boolean).sort();
    for (const metric of metrics) {
      const compared = rows.filter((row) => row.metric === metric && row.difference !== undefined);
      if (compared.length === 0) continue;
      const same = compared.filter(agrees);
      lines.push(`| ${metric} | ${compared.length} | ${same.length} | ${same.length > 0 ? shown(Math.max(...same.map((row) => row.difference))) : ''} |`);
    }
    const differ = rows.filter((row) => row.difference !== undefined && !agrees(row));
    lines.push('', '### Different', '', '| definition | metric | Podium | its grader | difference | flagged |', '|---|---|---|---|---|---|');
    for (const row of differ) lines.push(`| ${row.id} | ${row.metric} | ${shown(row.own)} | ${shown(row.original)} | ${shown(Number(row.difference.toPrecision(2)))} | ${row.flagged ? 'yes' : 'no'} |`);
    const agreeing = rows.filter((row) => row.flagged && agrees(row));
    if (agreeing.length > 0) lines.push('', `Flagged, but equal on these random files, which do not reach the case that the flag names: ${agreeing.map((row) => row.id).join(', ')}.`);
    const skipped = rows.filter((row) => row.difference === undefined);
    if (skipped.length > 0) lines.push('', '### Not compared', '', '| definition | why |', '|---|---|', ...skipped.map((row) => `| ${row.id} | ${String(row.skipped).replaceAll('|', '\\|').replaceAll('\n', ' ').slice(0, 160)} |`));
  }
  return `${lines.join('\n')}\n`;
}

function shown(value) {
  return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : String(value);
}
