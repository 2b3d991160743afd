import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes an extension `bench.<name>` that activates when it is asked to and does nothing. */
export async function writeEmptyExtension(folder, name) {
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name, publisher: 'bench', version: '0.0.1', engines: { vscode: '^1.105.0' }, main: './main.js', activationEvents: [], extensionKind: ['workspace'] }));
  await writeFile(join(folder, 'main.js'), 'exports.activate = () => {};\n');
}
