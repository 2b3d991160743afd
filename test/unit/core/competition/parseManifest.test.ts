import { describe, expect, it } from 'vitest';
import { parseManifest, type ManifestIssue } from '../../../../src/core/competition/parseManifest';

const good = `schema: 1
id: coins
title: Coins
summary: Heads or tails.
source: { kind: own, name: Ours, url: 'https://example.org/', licence: CC0 1.0 }
modality: tabular
task: binary
files:
  - { path: data/train.csv, role: train, description: Tosses. }
  - { path: data/sample.csv, role: sample, description: Sample. }
submission:
  id: [id]
  target: [heads]
metric:
  name: accuracy
split: { seed: 1, publicShare: 0.5, by: row }
`;

function issuesOf(text: string): readonly ManifestIssue[] {
  const parsed = parseManifest(text);
  return parsed.ok ? [] : parsed.issues;
}

describe('parseManifest', () => {
  it('fills in the defaults of a short manifest', () => {
    expect(parseManifest(good)).toMatchObject({
      ok: true,
      manifest: { submission: { file: 'submission.csv', rules: [] }, limits: { submissions: 50, runSeconds: 1800 }, environment: { network: 'none' } },
    });
  });

  it.each([
    ['an unknown key', good.replace('title: Coins', 'titel: Coins'), { line: 3, field: 'titel' }],
    ['a value out of range', good.replace('publicShare: 0.5', 'publicShare: 1.5'), { line: 16, field: 'split.publicShare' }],
    ['a path out of the folder', good.replace('data/train.csv', 'data/../../secret.csv'), { line: 9, field: 'files.0.path' }],
    ['a public file in the private folder', good.replace('data/train.csv', 'private/answers.csv'), { line: 9, field: 'files.0.path' }],
    ['an unknown metric', good.replace('name: accuracy', 'name: acuracy'), { line: 15, field: 'metric.name' }],
    ['an unknown parameter', good.replace('name: accuracy', 'name: accuracy\n  params: { sharpness: 3 }'), { line: 16, field: 'metric.params' }],
    ['no sample submission', good.replace('role: sample', 'role: other'), { line: 9, field: 'files' }],
    ['broken YAML', good.replace('target: [heads]', 'target: [heads'), { line: 14 }],
    ['an id with capitals', good.replace('id: coins', 'id: Coins'), { line: 2, field: 'id' }],
    ['a column that is id and target', good.replace('target: [heads]', 'target: [id]'), { field: 'submission' }],
  ])('reports %s with its line', (_what, text, expected) => {
    expect(issuesOf(text)).toContainEqual(expect.objectContaining(expected));
  });

  it('reports everything at once, and a missing field on the line of its parent', () => {
    const issues = issuesOf(good.replace('title: Coins\n', '').replace('by: row', 'by: luck'));
    expect(issues.map((issue) => issue.field)).toEqual(expect.arrayContaining(['title', 'split.by']));
    expect(issues.find((issue) => issue.field === 'title')?.line).toBe(1);
  });

  it('refuses aliases that unfold without bound', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefgh'.split('').map((name, index) => {
      const from = 'abcdefg'[index] ?? '';
      return `${name}: &${name} [${Array(9).fill(`*${from}`).join(',')}]`;
    })].join('\n');
    expect(issuesOf(bomb)[0]?.message).toMatch(/alias/i);
  });
});
