// Makes media/catalogue.json: facts about public competitions (ids, titles, metric names, sizes,
// addresses), one entry a line, from a larger catalogue whose path is the argument.
//
//   node scripts/catalogue/makeCatalogue.mjs <catalog.json>
//
// What that catalogue does not say (parameters, columns, which grader has no native equal) is in
// refinements.mjs beside this file.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { refinements } from './refinements.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const [source] = process.argv.slice(2);
if (source === undefined) {
  process.stderr.write('Give the path of the catalogue to reduce.\n');
  process.exit(2);
}
const { kaggle, mlrcBench } = JSON.parse(readFileSync(source, 'utf8'));

/** By Kaggle's tags; null where they say nothing. */
function modalityOfTags(tags) {
  const has = (...names) => names.some((name) => tags.includes(name));
  if (has('Image', 'Video', 'Computer Vision')) return 'image';
  if (has('Audio', 'Signal Processing')) return 'other';
  if (has('Text', 'NLP', 'Linguistics', 'Languages', 'Text Conversation', 'Text Mining')) return 'text';
  if (has('Time Series Analysis')) return 'time';
  return has('Tabular') ? 'tabular' : null;
}

function benchFacts({ split, kind, awardsMedals, graderName, teams, gold, silver, bronze, median }, more) {
  const medals = gold === undefined ? {} : { medals: { teams, gold, silver, bronze, median } };
  return { split, kind, awardsMedals, grader: graderName, ...medals, ...more };
}

const used = new Set();
const competitions = kaggle.map((entry) => {
  const more = refinements[entry.id] ?? {};
  used.add(entry.id);
  return {
    id: entry.id,
    title: entry.title.trim().replace(/^(['"])(.*)\1$/, '$2'),
    host: entry.host ?? null,
    url: entry.url,
    rulesUrl: entry.rulesUrl,
    modality: more.modality ?? modalityOfTags(entry.tags) ?? 'tabular',
    tags: entry.tags,
    teams: entry.teams ?? null,
    dataBytes: entry.dataBytes ?? null,
    metric: more.metric ?? entry.metric,
    params: { ...entry.metricParams, ...more.params },
    direction: entry.direction,
    ...(more.id ? { id_columns: more.id } : {}),
    ...(more.target ? { target_columns: more.target } : {}),
    ...(entry.mleDojo ? { mleDojo: { source: entry.mleDojo.source, ...more.mleDojo } } : {}),
    ...(entry.mleBench ? { mleBench: benchFacts(entry.mleBench, more.mleBench) } : {}),
  };
});
const stray = Object.keys(refinements).filter((id) => !used.has(id));
if (stray.length > 0) throw new Error(`refinements.mjs names competitions that the catalogue lacks: ${stray.join(', ')}`);

const lines = (rows) => rows.map((row) => `    ${JSON.stringify(row)}`).join(',\n');
const about =
  'Facts about public competitions: titles, hosts, metrics, sizes, membership in MLE-bench, MLE-Dojo and MLRC-Bench. ' +
  'Medal thresholds follow from the public final standings by the rule of MLE-bench. No data, description or code is in it; ' +
  "each competition's data has terms of its own, which its rules page states.";
const text = `{\n  "about": ${JSON.stringify(about)},\n  "competitions": [\n${lines(competitions)}\n  ],\n  "mlrcBench": [\n${lines(mlrcBench)}\n  ]\n}\n`;
writeFileSync(join(here, '..', '..', 'media', 'catalogue.json'), text);
process.stdout.write(`${competitions.length} competitions and ${mlrcBench.length} tasks of MLRC-Bench written.\n`);
