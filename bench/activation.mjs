// Podium's activation time against an empty extension's, as the extension host itself measures both
// in the same window: "Developer: Show Running Extensions" on a clean server with both installed.
//   node bench/activation.mjs [--starts 7]
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startVscodeServer } from '../scripts/lib/vscodeServer.mjs';
import { launchBrowser, openWorkbench } from '../scripts/lib/workbench.mjs';
import { median, root, withScratch } from './lib/load.mjs';

const { values } = parseArgs({ options: { starts: { type: 'string', default: '7' } } });

/** An extension that is activated by what activates Podium, and does nothing. */
async function packEmpty(folder) {
  await mkdir(folder);
  const manifest = { name: 'empty', displayName: 'Empty', publisher: 'podium', version: '0.0.1', engines: { vscode: '^1.105.0' }, main: './main.js', activationEvents: ['workspaceContains:.podium/runs'], extensionKind: ['workspace'], capabilities: { untrustedWorkspaces: { supported: true } } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(folder, 'main.js'), 'exports.activate = () => {};\n');
  const vsix = join(folder, 'empty.vsix');
  execFileSync(join(root, 'node_modules', '.bin', 'vsce'), ['package', '--no-dependencies', '--allow-missing-repository', '--skip-license', '--out', vsix], { cwd: folder, stdio: 'ignore' });
  return vsix;
}

await withScratch(async (scratch) => {
  const podium = join(scratch, 'podium.vsix');
  execFileSync('npm', ['run', 'package', '--', '--out', podium], { cwd: root, stdio: 'ignore' });
  const workspace = join(scratch, 'workspace');
  await mkdir(join(workspace, '.podium', 'runs'), { recursive: true });
  const server = await startVscodeServer({ developer: false, vsix: [podium, await packEmpty(join(scratch, 'empty'))], dataFolder: join(scratch, 'server') });
  const browser = await launchBrowser();
  const times = { Podium: [], Empty: [] };
  try {
    for (let start = 0; start < Number(values.starts); start++) {
      const { page, context } = await openWorkbench(browser, server, { folder: workspace });
      await page.getByRole('tab', { name: /Explorer/ }).first().waitFor({ timeout: 60_000 });
      await page.waitForTimeout(4000);
      await page.keyboard.press('F1');
      await page.locator('.quick-input-widget input').first().fill('>Developer: Show Running Extensions');
      await page.getByRole('option', { name: /Show Running Extensions/ }).first().click();
      for (const name of Object.keys(times)) {
        const row = page.locator('.runtime-extensions-editor .monaco-list-row').filter({ hasText: new RegExp(`^\\s*${name}`) }).first();
        // The row is there before its figure.
        const figure = row.getByText(/Activation: \d+\s*ms/).first();
        times[name].push(Number(/(\d+)\s*ms/.exec(await figure.innerText())[1]));
      }
      await context.close();
    }
  } finally {
    await browser.close();
    await server.stop();
  }
  for (const [name, list] of Object.entries(times)) console.log(`${name.padEnd(8)} median ${median(list)} ms of ${list.join(', ')}`);
});
