import { describe, expect, it } from 'vitest';
import { baselineSolution } from '../../../src/core/agent/offline/code/baseline';
import { mergeImports, toCells, toScript } from '../../../src/core/agent/offline/code/sections';
import { familiesFor, firstRecipe } from '../../../src/core/agent/offline/families';
import { solutionOf } from '../../../src/core/agent/offline/solution';
import { describeTask } from '../../../src/core/agent/offline/task';
import { togglesFor } from '../../../src/core/agent/offline/toggles';
import { starterFiles } from '../../../src/core/agent/starter';
import { competitionOf, flowers, houses, mails, pictures, stamps } from './competitions';

describe('reading a competition', () => {
  it('tells features, label and output from the profiles', () => {
    const task = describeTask(houses, {});
    expect(task).toMatchObject({ form: 'tabular', output: 'number', label: 'price', numbers: ['area', 'rooms'], categories: ['town'], dates: ['sold'], folds: 'plain' });
    expect(describeTask(flowers, {})).toMatchObject({ output: 'labels', folds: 'stratified' });
    expect(describeTask(mails, {})).toMatchObject({ form: 'text', output: 'probabilities', label: 'folder', classes: ['work', 'home', 'junk'] });
  });

  it('takes groups and time for the folds when the split does', () => {
    const base = { modality: 'tabular', task: 'regression', metric: 'mae', direction: 'minimize', target: ['y'], label: { name: 'y', kind: 'number' } } as const;
    const grouped = competitionOf({ ...base, target: ['y'], features: [{ name: 'site', kind: 'category' }], split: { by: 'group', column: 'site' } });
    expect(describeTask(grouped, {})).toMatchObject({ folds: 'group', foldColumn: 'site' });
    const timed = competitionOf({ ...base, target: ['y'], features: [{ name: 'day', kind: 'date' }], split: { by: 'time', column: 'day' } });
    expect(describeTask(timed, {})).toMatchObject({ folds: 'time', foldColumn: 'day' });
  });

  it('finds dates in the id, and gives steps no seasons', () => {
    const sales = { modality: 'time', task: 'regression', metric: 'rmse', direction: 'minimize', target: ['sales'], label: { name: 'sales', kind: 'number' }, features: [{ name: 'step', kind: 'number' }] } as const;
    const of = (column: string, id: string) => {
      const competition = competitionOf({ ...sales, target: [...sales.target], features: [...sales.features], split: { by: 'time', column } });
      return describeTask({ ...competition, profiles: competition.profiles.map((profile) => ({ ...profile, head: [[id, '1', '2']] })) }, {});
    };
    expect(of('id', '2020-01-31')).toMatchObject({ form: 'time', folds: 'time', foldColumn: 'id', dates: ['id'] });
    expect(of('step', 'r1')).toMatchObject({ form: 'tabular', folds: 'time', foldColumn: 'step', dates: [] });
  });

  it('reads small pictures with Pillow where it is installed, else by its own script, and says why it cannot', () => {
    const found = { column: 'file', base: 'data/stamps/', width: 12, height: 10 };
    expect(describeTask(stamps, {})).toMatchObject({ form: 'image', output: 'labels', categories: [], pictures: { ...found, pillow: false } });
    expect(describeTask(stamps, { PIL: '11.0' })).toMatchObject({ form: 'image', pictures: { ...found, pillow: true } });
    const script = (libraries: Record<string, string>): string => {
      const task = describeTask(stamps, libraries);
      const [family] = familiesFor(task);
      return family ? toScript(solutionOf(task, firstRecipe(task, family), 0)) : '';
    };
    expect(script({})).toMatch(/^import zlib$/m);
    expect(script({})).not.toContain('PIL');
    expect(script({ PIL: '11.0' })).toMatch(/^from PIL import Image$/m);
    expect(script({ PIL: '11.0' })).not.toContain('zlib');

    expect(describeTask(pictures, {})).toMatchObject({ form: 'other', pictures: null, why: expect.stringContaining('No column') as string });
    const [folder] = stamps.folders ?? [];
    if (!folder) throw new Error('no folder');
    const mixed = { ...stamps, folders: [{ ...folder, kinds: [...folder.kinds, { kind: 'jpg', count: 2 }] }] };
    expect(describeTask(mixed, {})).toMatchObject({ form: 'other', why: expect.stringContaining('takes Pillow') as string });
    expect(describeTask(mixed, { PIL: '11.0' }).form).toBe('image');
    const large = { ...stamps, folders: [{ ...folder, pictures: folder.pictures.map((picture) => ({ ...picture, size: [640, 480] as [number, number] })) }] };
    expect(describeTask(large, { PIL: '11.0' })).toMatchObject({ form: 'other', why: expect.stringContaining('640 × 480') as string });
  });

  it('tries smooth models first on a small table, and makes no more columns than it has rows for', () => {
    const first = (rows: number): string[] => familiesFor({ ...describeTask(houses, {}), rows }).slice(0, 3).map((facts) => facts.family);
    expect(first(2000)).toEqual(['linear', 'boosting', 'forest']);
    expect(first(300)).toEqual(['linear', 'gaussianProcess', 'forest']);
    const wide = { ...describeTask(houses, {}), numbers: Array.from({ length: 10 }, (_, i) => `n${i}`), rows: 220 };
    const offered = (rows: number): string[] => togglesFor({ ...wide, rows }, { family: 'linear', toggles: [], params: {}, repairs: {} }).map(({ toggle }) => toggle);
    expect(offered(2000)).toEqual(expect.arrayContaining(['interactions', 'ratios']));
    expect(offered(220).filter((toggle) => toggle === 'interactions' || toggle === 'ratios')).toEqual([]);
  });

  it('offers LightGBM only where it is installed', () => {
    const families = (libraries: Record<string, string>): string[] => familiesFor(describeTask(houses, libraries)).map((facts) => facts.family);
    expect(families({})).not.toContain('lightgbm');
    expect(families({ lightgbm: '4.5.0' })).toContain('lightgbm');
  });
});

describe('scripts', () => {
  const all = [houses, flowers, mails, stamps].flatMap((competition) => {
    const task = describeTask(competition, { lightgbm: '4' });
    return familiesFor(task).flatMap((facts) => {
      const first = firstRecipe(task, facts);
      return [first, ...togglesFor(task, first).map(({ toggle }) => ({ ...first, toggles: [...first.toggles, toggle] }))].map((recipe) => ({ task, recipe }));
    });
  });

  it('are the same for the same recipe, and never read the sample submission', () => {
    for (const { task, recipe } of all) {
      const text = toScript(solutionOf(task, recipe, 0));
      expect(text).toBe(toScript(solutionOf(task, recipe, 0)));
      expect(text).not.toContain('sample_submission');
      for (const path of ['"data/train.csv"', '"data/test.csv"', '"scores.csv"', '"oof.csv"', '"test_pred.csv"', '"submission.csv"', 'SCORE ']) expect(text).toContain(path);
      expect(text).not.toMatch(/undefined|\[object|NaN\b/);
    }
    expect(all.length).toBeGreaterThan(20);
  });

  it('hold every toggle that they name: each changes the text', () => {
    for (const { task, recipe } of all) {
      if (recipe.toggles.length === 0) continue;
      const without = { ...recipe, toggles: recipe.toggles.slice(0, -1) };
      const code = (text: string): string => text.slice(text.indexOf('"""', 3));
      expect(code(toScript(solutionOf(task, recipe, 0))), recipe.toggles.join()).not.toBe(code(toScript(solutionOf(task, without, 0))));
    }
  });

  it('become notebooks with a text cell before each code cell', () => {
    const task = describeTask(houses, {});
    const [family] = familiesFor(task);
    if (!family) throw new Error('no family');
    const cells = toCells(solutionOf(task, firstRecipe(task, family), 0));
    expect(cells.map((cell) => cell.kind)).toEqual(Array.from({ length: cells.length }, (_, i) => (i % 2 === 0 ? 'markdown' : 'code')));
  });

  it('make baselines from the standard library alone', () => {
    for (const competition of [houses, flowers, mails]) {
      const text = toScript(baselineSolution(describeTask(competition, {})));
      const imports = [...text.matchAll(/^(?:import|from) (\w+)/gm)].map((match) => match[1]);
      expect(['collections', 'csv', 'math', 'statistics']).toEqual(expect.arrayContaining(imports));
    }
  });

  it('group imports, standard library first, and join the names of a module', () => {
    expect(mergeImports(['import pandas as pd', 'from a import c', 'import csv', 'from a import b', 'import csv'])).toBe('import csv\n\nimport pandas as pd\nfrom a import b, c');
  });
});

describe('starter files', () => {
  it('are a script and a notebook with text cells in nbformat 4.5', () => {
    const files = new Map(starterFiles(houses).map((file) => [file.path, file.text]));
    expect(files.get('train.py')).toContain('SCORE rmse');
    const notebook: unknown = JSON.parse(files.get('explore.ipynb') ?? '');
    expect(notebook).toMatchObject({ nbformat: 4, nbformat_minor: 5 });
    const cells = (notebook as { cells: { id: string; cell_type: string }[] }).cells;
    expect(cells.filter((cell) => cell.cell_type === 'markdown').length).toBeGreaterThanOrEqual(3);
    expect(new Set(cells.map((cell) => cell.id)).size).toBe(cells.length);
  });
});
