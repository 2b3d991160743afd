import { describe, expect, it } from 'vitest';
import { filesNamedBy, missingScript, partFiles } from '../../../../src/core/competition/import/ownEvaluation';
import { parseManifest } from '../../../../src/core/competition/parseManifest';

const files = ['evaluate.py', 'solution.py', 'lib/tool.py', 'data/a.csv', 'model.bin', 'params.json'].map((path) => ({ path, bytes: 10 }));

describe('parting a folder', () => {
  it('keeps from players what the command names and what is no text', () => {
    const { solution, fixed, data, findings } = partFiles(files, 'python ./evaluate.py --data data/a.csv');
    expect({ solution, fixed, data }).toEqual({ solution: ['solution.py', 'lib/tool.py', 'params.json'], fixed: ['evaluate.py', 'model.bin'], data: ['data/a.csv'] });
    expect(findings.map(({ code }) => code)).toEqual(['self_scored']);
  });

  it('follows what the person says may change', () => {
    const { solution, fixed } = partFiles(files, 'python evaluate.py', ['lib/**', 'params.json']);
    expect({ solution, fixed }).toEqual({ solution: ['lib/tool.py', 'params.json'], fixed: ['evaluate.py', 'solution.py', 'model.bin'] });
  });

  it('says when nothing may change, and when players may change what judges', () => {
    expect(partFiles([{ path: 'evaluate.py', bytes: 1 }], 'python evaluate.py').findings).toContainEqual(expect.objectContaining({ code: 'no_solution', severity: 'error' }));
    expect(partFiles(files, 'make score').findings).toContainEqual(expect.objectContaining({ code: 'no_ruler', severity: 'warning' }));
    expect(partFiles(files, 'python evaluate.py', ['*.py']).findings).toContainEqual(expect.objectContaining({ code: 'no_ruler' }));
  });

  it('says when the script of a command is not there, and what could be meant', () => {
    const paths = files.map(({ path }) => path);
    expect(missingScript('python nothere.py --fast', paths)).toBe('The folder has no nothere.py. It has evaluate.py, solution.py, lib/tool.py.');
    expect(missingScript('bash run.sh', paths)).toBe('The folder has no run.sh.');
    for (const command of ['python ./evaluate.py', 'python3.12 lib/tool.py', 'python -m lib.tool', 'make score', 'bash $HOME/score.sh', 'python /opt/score.py']) expect(missingScript(command, paths), command).toBeUndefined();
  });

  it('finds modules and quoted names in a command', () => {
    expect(filesNamedBy('cd . && python -m lib.tool --params="params.json"', files.map(({ path }) => path))).toEqual(['lib/tool.py', 'params.json']);
  });
});

describe('competition.yaml of an own evaluation', () => {
  const yaml = (more: string): string => `schema: 1\nid: own\ntitle: Own\nsummary: Own.\nsource: { kind: own, name: Own, licence: own }\n${more}`;

  it('needs no submission, files or split, and has no metric of its own', () => {
    const parsed = parseManifest(yaml('grader: { command: make score, direction: minimize }'));
    expect(parsed).toMatchObject({ ok: true, manifest: { task: 'optimize', modality: 'other', files: [], evaluation: { command: 'make score', direction: 'minimize', label: 'score' } } });
  });

  it.each([
    ['grader: { command: make score }', 'grader.direction'],
    ['grader: { command: "  ", direction: minimize }', 'grader.command'],
    ['grader: { command: make, direction: minimize }\nmetric: { name: rmse }', 'metric'],
    ['grader: { command: make, direction: minimize, python: grader/x.py }', 'grader.python'],
  ])('%j is wrong in %s', (more, field) => {
    const parsed = parseManifest(yaml(more));
    expect(parsed.ok ? [] : parsed.issues.map((issue) => issue.field)).toContain(field);
  });
});
