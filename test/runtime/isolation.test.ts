import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/core/runtime/runtime';
import { main, never, runJob, script } from './conformance';
import { bubblewrapForm, dockerForm, makeTestPlaces, plainForm, plantedKey, root, specOf, type TestPlaces } from './forms';

/** From the inside: what code in a sandbox is and can see. What it may try is in attacks.test.ts. */

/** Prints JSON of what `code` leaves in `result`. */
async function ask(sandbox: Sandbox, id: string, code: string): Promise<unknown> {
  const told = await runJob(sandbox, script(id, 'ask', 170), main(`import json\nresult = None\n${code}\nprint('RESULT', json.dumps(result))\n`));
  const line = told.stdout.split('\n').find((text) => text.startsWith('RESULT '));
  if (!line) throw new Error(`no result: ${told.stdout}${told.stderr}`);
  return JSON.parse(line.slice('RESULT '.length));
}

for (const form of [dockerForm, bubblewrapForm]) {
  describe.skipIf(form.missing !== undefined)(`isolation: ${form.name}`, () => {
    let places: TestPlaces;
    let sandbox: Sandbox;

    beforeAll(async () => {
      process.env.OPENAI_API_KEY = plantedKey;
      places = await makeTestPlaces();
      sandbox = await form.make(places).start(specOf(places, { memoryGb: 0.75, pids: 64, diskMb: 100 }), () => undefined, never());
    });

    afterAll(async () => {
      delete process.env.OPENAI_API_KEY;
      await sandbox?.stop();
      await places?.remove();
    });

    it('is not root, has no capability and can get none', async () => {
      const facts = await ask(sandbox, 'who', `
import os
status = dict(line.rstrip().split(':', 1) for line in open('/proc/self/status'))
result = {'uid': os.getuid(), 'gid': os.getgid(), 'eff': int(status['CapEff'], 16), 'prm': int(status['CapPrm'], 16), 'bnd': int(status['CapBnd'], 16), 'amb': int(status['CapAmb'], 16), 'nnp': status['NoNewPrivs'].strip()}
`);
      expect(facts).toMatchObject({ uid: 10001, gid: 10001, eff: 0, prm: 0, amb: 0, nnp: '1' });
    });

    it('writes nowhere but in its work folder and temporary ones', async () => {
      const writable = await ask(sandbox, 'write', `
import os
result = []
for folder in ['/', '/usr', '/usr/bin', '/etc', '/data', '/data/more', '/dev', '/dev/shm', '/var', '/opt', '/home', '/root', '/podium', '/run', '/work', '/tmp']:
    try:
        with open(os.path.join(folder, 'x.tmp'), 'w') as file:
            file.write('x')
        os.unlink(os.path.join(folder, 'x.tmp'))
        result.append(folder)
    except OSError:
        pass
`);
      expect((writable as string[]).sort()).toEqual(['/dev/shm', '/tmp', '/work']);
    });

    it('sees neither home nor the checkout nor processes outside', async () => {
      expect(await ask(sandbox, 'home', `import os\nresult = [path for path in ${JSON.stringify([root, places.home, places.dataFolder])} if os.path.exists(path)]`)).toEqual([]);
      const commands = await ask(sandbox, 'ps', `
import os
result = []
for pid in filter(str.isdigit, os.listdir('/proc')):
    try:
        result.append(open('/proc/%s/cmdline' % pid).read())
    except OSError:
        pass
`);
      expect((commands as string[]).filter((command) => command.includes('vitest') || command.includes('dockerd'))).toEqual([]);
    });

    it('has no data set with targets and no list of packages', async () => {
      const loaded = await ask(sandbox, 'sklearn', `
from sklearn import datasets
result = []
for name in ('load_iris', 'load_breast_cancer', 'load_wine', 'load_digits', 'load_diabetes', 'load_linnerud'):
    try:
        result.append([name, len(getattr(datasets, name)()['target'])])
    except Exception:
        pass
`);
      expect(loaded).toEqual([]);
      const listed = await ask(sandbox, 'packages', `
import os, subprocess
result = []
for folder in ('/var/lib/dpkg', '/var/lib/apt', '/var/cache/apt', '/usr/share/doc', '/usr/lib/R/site-library/palmerpenguins'):
    if os.path.isdir(folder):
        result += [os.path.join(folder, name) for name in os.listdir(folder)]
for command in (['dpkg-query', '-W'], ['apt-cache', 'dumpavail']):
    try:
        result += subprocess.run(command, capture_output=True, text=True).stdout.split('\\n')[:3]
    except OSError:
        pass
result = [line for line in result if line]
`);
      expect(listed).toEqual([]);
    });
  });
}

describe('without isolation', () => {
  it('is refused unless it was allowed', async () => {
    const places = await makeTestPlaces();
    await expect(plainForm.make(places).start(specOf(places, { allowUnisolated: false }), () => undefined, never())).rejects.toMatchObject({ reason: 'not_isolated' });
    await places.remove();
  });

  it('still hides the secrets of the environment', async () => {
    process.env.OPENAI_API_KEY = plantedKey;
    const places = await makeTestPlaces();
    const sandbox = await plainForm.make(places).start(specOf(places), () => undefined, never());
    try {
      expect(await ask(sandbox, 'environment', `import os\nresult = [name for name, value in os.environ.items() if ${JSON.stringify(plantedKey)} in value]`)).toEqual([]);
    } finally {
      delete process.env.OPENAI_API_KEY;
      await sandbox.stop();
      await places.remove();
    }
  });
});
