import { build, type Metafile } from 'esbuild';
import { isBuiltin } from 'node:module';
import { describe, expect, it } from 'vitest';
import { bundles } from '../../esbuild.mjs';

/**
 * The layer rule of the architecture, read off the real bundles: what each file imports,
 * including what lint could miss (a re-export, a dependency's dependency).
 */
const metafiles = new Map<string, Metafile>();
for (const [name, options] of Object.entries(bundles)) {
  const result = await build({ ...options, write: false, metafile: true, logLevel: 'silent' });
  metafiles.set(name, result.metafile);
}

interface Import {
  readonly bundle: string;
  readonly from: string;
  readonly to: string;
}

const imports: Import[] = [...metafiles].flatMap(([bundle, { inputs }]) =>
  Object.entries(inputs).flatMap(([from, input]) => input.imports.map(({ path }) => ({ bundle, from, to: path }))),
);

const inRoom = (room: string) => (path: string) => path.startsWith(room);
const isPackage = (path: string) => path.startsWith('node_modules/');
const isSource = (path: string) => path.startsWith('src/') || path.startsWith('webview/');

/** What files of a room may import besides npm packages. */
const allowed: Record<string, string[]> = {
  'src/core/': ['src/core/'],
  'src/protocol/': ['src/protocol/', 'src/core/'],
  'src/node/': ['src/node/', 'src/core/', 'src/protocol/'],
  'src/cli/': ['src/cli/', 'src/node/', 'src/core/', 'src/protocol/'],
  'webview/': ['webview/', 'src/protocol/'],
};

describe('layers', () => {
  it('bundles hold the files that they are made of', () => {
    for (const [name, { inputs }] of metafiles) expect(Object.keys(inputs).length, name).toBeGreaterThan(0);
  });

  for (const [room, targets] of Object.entries(allowed)) {
    it(`${room} imports only ${targets.join(', ')}`, () => {
      const files = imports.filter(({ from }) => inRoom(room)(from));
      expect(files.length, `no file of ${room} is in any bundle`).toBeGreaterThan(0);
      const wrong = files.filter(({ to }) => isSource(to) && !targets.some((target) => to.startsWith(target)));
      expect(wrong).toEqual([]);
    });
  }

  it('core reaches no vscode and no Node module', () => {
    const wrong = imports.filter(({ from, to }) => from.startsWith('src/core/') && (to === 'vscode' || isBuiltin(to)));
    expect(wrong).toEqual([]);
  });

  it('only src/vscode and the entry import vscode', () => {
    const wrong = imports.filter(({ from, to }) => to === 'vscode' && !from.startsWith('src/vscode/') && from !== 'src/extension.ts');
    expect(wrong).toEqual([]);
  });

  it('runner, CLI and grading worker run without vscode', () => {
    const wrong = imports.filter(({ bundle, to }) => ['runner', 'cli', 'gradingWorker'].includes(bundle) && to === 'vscode');
    expect(wrong).toEqual([]);
  });

  it('the webviews hold neither dockerode nor openai nor a Node module', () => {
    for (const name of ['runPanel', 'competitionPage']) {
      const packages = Object.keys(metafiles.get(name)?.inputs ?? {}).filter(isPackage);
      expect(packages.filter((path) => /node_modules\/(dockerode|docker-modem|openai|ssh2)\//.test(path))).toEqual([]);
      expect(imports.filter(({ bundle, to }) => bundle === name && isBuiltin(to))).toEqual([]);
    }
  });

  it('activation reads no file of the extension that holds Docker, models, grading or the offline agent', () => {
    const outputs = metafiles.get('extension')?.outputs ?? {};
    const atOnce = new Set<string>();
    const read = (file: string): void => {
      if (atOnce.has(file)) return;
      atOnce.add(file);
      for (const { path, kind } of outputs[file]?.imports ?? []) if (kind === 'import-statement' && path in outputs) read(path);
    };
    read('dist/extension.js');
    const heavy = /node_modules\/(dockerode|ssh2|openai|yaml|vscode-jsonrpc|tar-stream|yauzl|markdown-it)\/|src\/core\/(grading\/metrics|agent\/offline\/(?!task\.)|agent\/model\/.*[Pp]layer)|src\/node\/(docker|local|runner|grading|models)\//;
    expect([...atOnce].flatMap((file) => Object.keys(outputs[file]?.inputs ?? {})).filter((path) => heavy.test(path))).toEqual([]);
    expect(Object.keys(outputs).length).toBeGreaterThan(atOnce.size);
  });

  it('no bundle holds BuildKit\'s gRPC client or zod\'s messages in other languages', () => {
    const unused = /node_modules\/(@grpc|protobufjs)\/|zod\/v4\/locales\/(?!en\.|index\.)/;
    for (const [name, { outputs }] of metafiles) {
      const held = Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0));
      expect(held.map(([path]) => path).filter((path) => unused.test(path)), name).toEqual([]);
    }
  });

  it('the toolkit is imported in webview/components only', () => {
    const wrong = imports.filter(
      ({ from, to }) => isSource(from) && to.includes('@vscode/webview-ui-toolkit') && !from.startsWith('webview/components/'),
    );
    expect(wrong).toEqual([]);
  });
});
