import { LineCounter, parseDocument, isNode, type Document } from 'yaml';
import type { z } from 'zod';
import { manifestSchema, type Manifest } from './manifest';

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

function issuesOf(error: z.ZodError, document: Document, lines: LineCounter): ManifestIssue[] {
  return error.issues.map((issue) => {
    // An unknown key is reported on its parent; the key itself is the place to look at.
    const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
    const line = lineOf(document, lines, path);
    return { field: path.map(String).join('.'), message: issue.message, ...(line === undefined ? {} : { line }) };
  });
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
  const result = manifestSchema.safeParse(value);
  return result.success ? { ok: true, manifest: result.data } : { ok: false, issues: issuesOf(result.error, document, lines) };
}
