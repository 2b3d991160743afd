import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { takeOpenRequest } from '../../../../src/vscode/runs/openRequest';

let root: string;
const file = (): string => join(root, '.podium', 'open-run');
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'podium-open-'));
  await mkdir(join(root, '.podium'));
});
afterEach(() => rm(root, { recursive: true }));

it('there is no request in an ordinary workspace', async () => {
  expect(await takeOpenRequest(root)).toBeUndefined();
});

it('a request is taken once', async () => {
  await writeFile(file(), '20261121-125133-penguins-3f2d\n');
  expect(await takeOpenRequest(root)).toBe('20261121-125133-penguins-3f2d');
  expect(existsSync(file())).toBe(false);
  expect(await takeOpenRequest(root)).toBeUndefined();
});

it('text that is no run id is dropped', async () => {
  await writeFile(file(), '../../etc/passwd');
  expect(await takeOpenRequest(root)).toBeUndefined();
  expect(existsSync(file())).toBe(false);
});
