import { LineCounter, parseDocument, isNode, type Document } from 'yaml';
import type * as z from 'zod';
import { findMetric, metricNames } from '../grading/registry';
import { evaluationManifestSchema, hasOwnEvaluation, predictionManifestSchema, type Manifest } from './manifest';

/** One thing that is wrong in a competition.yaml, with the line to look at (1-based) when there is one. */
export interface ManifestIssue {
  readonly line?: number;
  /** Dotted path of the field, e.g. `split.publicShare`; empty for the document as a whole. */
  readonly field: string;
  readonly message: string;
}

export type ParsedManifest = { readonly ok: true; readonly manifest: Manifest } | { readonly ok: false; readonly issues: readonly ManifestIssue[] };

/** The line of the field at `path`, or of the closest parent that exists. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const keys = path.slice(0, length).map((key) => (typeof key === 'symbol' ? String(key) : key));
    const node: unknown = length === 0 ? document.contents : document.getIn(keys, true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return undefined;
}

interface PathIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function schemaIssues(error: z.ZodError): PathIssue[] {
  return error.issues.map((issue) => ({
    // An unknown key is reported on its parent; the key itself is the place to look at.
    path: issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path,
    message: issue.message,
  }));
}

/** What the schema cannot say: rules between fields, and whether the metric exists. */
function ruleIssues(manifest: Manifest): PathIssue[] {
  const issues: PathIssue[] = [];
  const seen = new Set<string>();
  manifest.files.forEach(({ path }, index) => {
    // Everything named here is shown to players, and only data/ travels into a sandbox.
    if (!path.startsWith('data/')) issues.push({ path: ['files', index, 'path'], message: 'must lie under data/, the public folder' });
    if (seen.has(path)) issues.push({ path: ['files', index, 'path'], message: `"${path}" is named twice` });
    seen.add(path);
  });
  // An own evaluation has neither predictions nor a metric to agree with them.
  if (manifest.evaluation !== undefined) return issues;
  const samples = manifest.files.filter((file) => file.role === 'sample' && file.path.endsWith('.csv'));
  if (samples.length !== 1) issues.push({ path: ['files'], message: `needs exactly one CSV file with role "sample", has ${samples.length}` });
  const { id, target } = manifest.submission;
  const twice = [...id, ...target].find((name, index, all) => all.indexOf(name) !== index);
  if (twice !== undefined) issues.push({ path: ['submission'], message: `column "${twice}" is named twice` });
  if (manifest.answers?.file === 'answers.jsonl' && manifest.grader === undefined) {
    issues.push({ path: ['answers', 'file'], message: 'answers as JSON lines need a grader' });
  }
  // Beside a grader the metric only names the score.
  if (manifest.grader !== undefined) return issues;
  const metric = findMetric(manifest.metric.name);
  if (metric === undefined) {
    issues.push({ path: ['metric', 'name'], message: `there is no metric "${manifest.metric.name}"; known are ${metricNames().join(', ')}` });
  } else {
    const bound = metric.bind(manifest.metric.params);
    if ('errors' in bound) issues.push(...bound.errors.map((message) => ({ path: ['metric', 'params'], message })));
  }
  return issues;
}

/**
 * Reads the text of a competition.yaml. Never throws: everything that is wrong is reported at
 * once, each with its field and line.
 */
export function parseManifest(text: string): ParsedManifest {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const issues = document.errors.map((error) => ({ field: '', message: error.message, line: lines.linePos(error.pos[0]).line }));
    return { ok: false, issues };
  }
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    // The parser refuses aliases that would unfold without bound.
    return { ok: false, issues: [{ field: '', message: error instanceof Error ? error.message : String(error) }] };
  }
  const result = (hasOwnEvaluation(value) ? evaluationManifestSchema : predictionManifestSchema).safeParse(value);
  const issues = result.success ? ruleIssues(result.data) : schemaIssues(result.error);
  if (result.success && issues.length === 0) return { ok: true, manifest: result.data };
  return {
    ok: false,
    issues: issues.map(({ path, message }) => {
      const line = lineOf(document, lines, path);
      return { field: path.map(String).join('.'), message, ...(line === undefined ? {} : { line }) };
    }),
  };
}
