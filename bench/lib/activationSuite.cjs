// Runs in an extension host: activates the extensions that PODIUM_BENCH_ORDER names, in that order,
// and writes what each took and which files of Podium were evaluated for it.
const { statSync, writeFileSync } = require('node:fs');
const { relative } = require('node:path');
const { performance } = require('node:perf_hooks');
const { setTimeout: wait } = require('node:timers/promises');
const vscode = require('vscode');

const filesBelow = (folder) => Object.keys(require.cache).filter((file) => file.startsWith(folder));

exports.run = async () => {
  await vscode.extensions.getExtension('bench.first').activate();
  const { extensionPath } = vscode.extensions.getExtension('podium.podium');
  const spent = {};
  let files = [];
  for (const id of process.env.PODIUM_BENCH_ORDER.split(' ')) {
    // The host itself is busy at first, and an activation may leave work behind.
    await wait(3000);
    const extension = vscode.extensions.getExtension(id);
    if (extension.isActive) throw new Error(`${id} was active before it was measured.`);
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    await extension.activate();
    const { user, system } = process.cpuUsage(cpu);
    spent[id] = { cpu: (user + system) / 1000, wall: performance.now() - start };
    if (id === 'podium.podium') files = filesBelow(extensionPath);
  }
  const sized = files.map((file) => ({ name: relative(extensionPath, file), bytes: statSync(file).size }));
  writeFileSync(process.env.PODIUM_BENCH_RESULT, JSON.stringify({ spent, files: sized }));
};
