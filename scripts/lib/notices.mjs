// The licence texts of all packages that lie in the bundles. The minifier drops their comments, and
// every one of these licences wants its text to go where the code goes.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Packages whose archive holds no licence file, with the holder that their repository or package.json names. */
const statedElsewhere = {
  '@microsoft/fast-element': { form: 'MIT', holder: 'Copyright (c) Microsoft Corporation. All rights reserved.' },
  '@microsoft/fast-foundation': { form: 'MIT', holder: 'Copyright (c) Microsoft Corporation. All rights reserved.' },
  '@microsoft/fast-web-utilities': { form: 'MIT', holder: 'Copyright (c) Microsoft Corporation. All rights reserved.' },
  'split-ca': { form: 'ISC', holder: 'Copyright (c) Charles Bushong' },
};

const disclaimer = {
  MIT: `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`,
  ISC: `Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, provided that the above copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.`,
};

/**
 * Folders of the packages that lie in the outputs of a build.
 * @param metafiles of esbuild, one for each bundle
 */
export function bundledPackages(metafiles) {
  const folders = new Set();
  for (const { outputs } of metafiles) {
    for (const { inputs } of Object.values(outputs)) {
      for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
        const folder = /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0];
        if (folder !== undefined && bytesInOutput > 0) folders.add(folder);
      }
    }
  }
  return [...folders];
}

/**
 * The text of the notices, one part for each package, by name.
 * @throws Error when a package states its licence nowhere
 */
export async function notices(folders) {
  const parts = await Promise.all([...new Set(folders)].map(notice));
  const sorted = parts.sort((a, b) => (a.title < b.title ? -1 : 1));
  const line = '-'.repeat(80);
  return ['Podium holds code of these packages, each under its own licence.', ...sorted.map(({ title, text }) => `${line}\n${title}\n\n${text}`)].join('\n\n').concat('\n');
}

async function notice(folder) {
  const { name, version, license: named, licenses } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  // Old packages have a list.
  const license = named ?? licenses?.map(({ type }) => type).join(' or ');
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  const stated = statedElsewhere[name];
  if (texts.length === 0 && stated?.form === license) texts.push(`${stated.holder}\n\n${disclaimer[license]}`);
  if (texts.length === 0) throw new Error(`${name} ${version} (${license}) has no licence file; look for its text and add it to scripts/lib/notices.mjs.`);
  return { title: `${name} ${version} (${license})`, text: texts.map((text) => text.trim()).join('\n\n') };
}
