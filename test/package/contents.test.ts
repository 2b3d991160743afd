import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import type { Metafile } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { bundles } from '../../esbuild.mjs';
import { archiveFiles, pack, root, type Packed } from './pack';

/** Loads the extension with a stand-in for `vscode` whose every part is a function, and tells which files that read. */
// A module that imports the stub inherits from it, so that names used while it is loaded are there too.
const loadAlone = `
const Module = require('node:module');
const load = Module._load;
const anything = new Proxy(function () {}, { get: (_target, key) => (key === 'prototype' ? {} : key === Symbol.toPrimitive ? () => '' : anything), apply: () => anything });
Module._load = function (name, ...rest) { return name === 'vscode' ? Object.create(anything) : load.call(this, name, ...rest); };
require(process.argv[1]);
console.log(JSON.stringify(Object.keys(require.cache)));
`;

let folder: string;
let packed: Packed;
let files: Awaited<ReturnType<typeof archiveFiles>>;
const inside = (room: string): string[] => [...files.keys()].filter((path) => path.startsWith(room)).map((path) => path.slice(room.length)).sort();
const textOf = async (path: string): Promise<string> => (await files.get(path)?.read())?.toString('utf8') ?? '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podium-package-'));
  packed = await pack(folder);
  files = await archiveFiles(packed.vsix);
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the VSIX', () => {
  it('is made without a warning', async () => {
    expect(packed.output).toMatch(/DONE +Packaged/);
    // The packager counts files, for extensions that are not bundled. The parts of ours are read when
    // they are wanted: how many activation reads is held below.
    const warnings = packed.output.split('\n').filter((line) => /^\s*(WARNING|ERROR)\b/.test(line) && !/out of which \d+ are JavaScript files/.test(line));
    expect(warnings).toEqual([]);
    const largest = [...files].sort(([, a], [, b]) => b.bytes - a.bytes).slice(0, 5);
    const kilobytes = (bytes: number): string => `${Math.round(bytes / 1000)} kB`;
    process.stdout.write(`VSIX ${kilobytes((await stat(packed.vsix)).size)}, of it ${largest.map(([path, { bytes }]) => `${path} ${kilobytes(bytes)}`).join(', ')}\n`);
  });

  it('holds bundles, media and what every extension has, and nothing else', () => {
    const others = [...files.keys()].filter((path) => !/^extension\/(dist|media)\//.test(path)).sort();
    const every = ['LICENSE.txt', 'changelog.md', 'package.json', 'readme.md'].map((name) => `extension/${name}`);
    expect(others).toEqual(['[Content_Types].xml', 'extension.vsixmanifest', ...every].sort());
  });

  it('holds every bundle of the build', () => {
    const expected = Object.values(bundles).flatMap(({ outdir, entryPoints }) =>
      Object.keys(entryPoints as Record<string, string>).map((name) => `${outdir}/${name}.js`.replace('dist/', '')),
    );
    const built = inside('extension/dist/');
    expect(built).toEqual(expect.arrayContaining(expected));
    for (const path of built.filter((name) => !expected.includes(name))) expect(path).toMatch(/^(webview\/\w+\.(css|ttf)|chunks\/[\w-]+\.js|THIRD_PARTY_NOTICES\.txt)$/);
  });

  it('names every package that its code holds, with its licence', async () => {
    const text = await textOf('extension/dist/THIRD_PARTY_NOTICES.txt');
    const packages = new Set<string>();
    for (const bundle of Object.keys(bundles)) {
      const { outputs } = JSON.parse(await readFile(join(root, 'dist/meta', `${bundle}.json`), 'utf8')) as Metafile;
      for (const path of Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs).filter((input) => (inputs[input]?.bytesInOutput ?? 0) > 0))) {
        const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
        if (name !== undefined) packages.add(name);
      }
    }
    expect(packages.size).toBeGreaterThan(40);
    const titles = new Map([...text.matchAll(/^-{80}\n(\S+) (\S+) \((.+)\)\n\n([^]*?)(?=\n\n-{80}\n|\n$(?![^]))/gm)].map(([, name, , licence, body]) => [name, { licence, body }]));
    expect([...titles.keys()]).toEqual(expect.arrayContaining([...packages, '@vscode/codicons']));
    for (const [name, part] of titles) {
      expect(part.licence, name).toMatch(/^(?!undefined)[\w.() -]+$/);
      expect(part.body?.length, name).toBeGreaterThan(300);
    }
  });

  it('holds the media of the repository, to the file and to the byte', async () => {
    const { stdout } = await promisify(execFile)('git', ['ls-files', '-z', 'media'], { cwd: root, maxBuffer: 1 << 24 });
    const tracked = stdout.split('\0').filter(Boolean).map((path) => path.slice('media/'.length)).sort();
    expect(tracked.length).toBeGreaterThan(1000);
    expect(inside('extension/media/')).toEqual(tracked);
    for (const path of ['competitions/penguins/private/answers.csv', 'python/bridge.py']) {
      expect(await files.get(`extension/media/${path}`)?.read()).toEqual(await readFile(join(root, 'media', path)));
    }
  });

  it('holds what its manifest names', async () => {
    const manifest = z.object({ main: z.string(), icon: z.string() }).parse(JSON.parse(await textOf('extension/package.json')));
    for (const path of [manifest.main, manifest.icon]) expect(files.has(`extension/${path.replace('./', '')}`), path).toBe(true);
  });

  it('tells nothing of the machine that built it, and points to no source map', async () => {
    for (const path of inside('extension/dist/')) {
      const text = await textOf(`extension/dist/${path}`);
      expect(text.includes(root), `${path} holds the path of the checkout`).toBe(false);
      expect(text, path).not.toMatch(/[#@] sourceMappingURL=[\w./]+\.map/);
    }
  });

  it('reads little of its code when it is loaded, and the rest when it is wanted', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', loadAlone, join(root, 'dist', 'extension.js')]);
    const read = (JSON.parse(stdout) as string[]).map((path) => relative(join(root, 'dist'), path));
    expect(read).toContain('extension.js');
    const code = ['extension.js', ...inside('extension/dist/chunks/').map((name) => join('chunks', name))];
    expect(code).toEqual(expect.arrayContaining(read));
    expect(read.length).toBeLessThan(60);
    const bytes = async (paths: readonly string[]): Promise<number> => (await Promise.all(paths.map((path) => stat(join(root, 'dist', path))))).reduce((sum, { size }) => sum + size, 0);
    expect((await bytes(read)) / (await bytes(code))).toBeLessThan(0.4);
  });

  it('shows no picture or link in its description that a reader could not open', async () => {
    const readme = await textOf('extension/readme.md');
    expect(readme).toMatch(/^# Podium/);
    for (const [, target] of readme.matchAll(/\]\(([^)]+)\)/g)) expect(target).toMatch(/^https:/);
  });
});
