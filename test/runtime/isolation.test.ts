import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/core/runtime/runtime';
import { main, never, processesOf, runJob, script } from './conformance';
import { bubblewrapForm, dockerForm, makeTestPlaces, plainForm, plantedKey, root, specOf, type TestPlaces } from './forms';

/** From the inside: what code in a sandbox can see, reach and use up. */
const competitions = ['penguins', 'seattle-weather', 'debian-sections', 'breast-cancer', 'diabetes-progression', 'digits'];

/** A few rows of a bundled competition's hidden answers. */
function answersOf(competition: string): string[] {
  const [, ...rows] = readFileSync(join(root, 'media', 'competitions', competition, 'private', 'answers.csv'), 'utf8').trim().split('\n');
  return [0, 1, 2].map((part) => (rows[Math.floor((part * (rows.length - 1)) / 2)] ?? '').trim());
}

/** Prints JSON of what `code` leaves in `result`. */
async function ask(sandbox: Sandbox, id: string, code: string): Promise<unknown> {
  const told = await runJob(sandbox, script(id, 'ask', 170), main(`import json\nresult = None\n${code}\nprint('RESULT', json.dumps(result))\n`));
  const line = told.stdout.split('\n').find((text) => text.startsWith('RESULT '));
  if (!line) throw new Error(`no result: ${told.stdout}${told.stderr}`);
  return JSON.parse(line.slice('RESULT '.length));
}

/** Looks for texts in every readable file, packed ones too; programs and libraries (ELF) are skipped. */
const search = (texts: readonly string[], roots: readonly string[]): string => `
import gzip, os
texts = [text.encode() for text in ${JSON.stringify(texts)}]
result = []
pending = ${JSON.stringify(roots)}
while pending:
    for entry in os.scandir(pending.pop()):
        try:
            if entry.is_symlink() or entry.path in ('/proc', '/sys', '/dev', '/work', '/data'):
                continue
            if entry.is_dir():
                os.listdir(entry.path)
                pending.append(entry.path)
                continue
            if not entry.is_file() or entry.stat().st_size > 300e6:
                continue
            with open(entry.path, 'rb') as file:
                content = file.read(4)
                if content == b'\\x7fELF':
                    continue
                content += file.read()
            if content[:2] == b'\\x1f\\x8b':
                content = gzip.decompress(content)
        except (OSError, EOFError):
            continue
        result += [[entry.path, text.decode()] for text in texts if text in content]
`;

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

    it('has no network', async () => {
      const server = createServer((socket) => socket.end('hello')).listen(0, '0.0.0.0');
      await new Promise((resolve) => server.once('listening', resolve));
      try {
        const address = server.address();
        const port = typeof address === 'object' && address ? address.port : 0;
        const hosts = ['127.0.0.1', ...Object.values(networkInterfaces()).flatMap((list) => (list ?? []).filter(({ family, internal }) => family === 'IPv4' && !internal).map((one) => one.address))];
        const reached = await ask(sandbox, 'net', `
import socket
result = []
for host in ${JSON.stringify(hosts)}:
    try:
        socket.create_connection((host, ${port}), timeout=2)
        result.append(host)
    except OSError:
        pass
`);
        expect(reached).toEqual([]);
        expect(await ask(sandbox, 'interfaces', "result = [line.split(':')[0].strip() for line in open('/proc/net/dev') if ':' in line]")).toEqual(['lo']);
      } finally {
        server.close();
      }
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
for folder in ['/', '/usr', '/usr/bin', '/etc', '/data', '/data/more', '/var', '/opt', '/home', '/root', '/podium' if not os.path.exists('/podium/bridge.sock') else '/data', '/run', '/work', '/tmp']:
    try:
        with open(os.path.join(folder, 'x.tmp'), 'w') as file:
            file.write('x')
        os.unlink(os.path.join(folder, 'x.tmp'))
        result.append(folder)
    except OSError:
        pass
`);
      const inside = new Set(writable as string[]);
      // bubblewrap's root is an empty folder in memory, of its own.
      if (form.name !== 'docker') for (const folder of ['/', '/run', '/etc', '/var', '/opt', '/home', '/root']) inside.delete(folder);
      expect([...inside].sort()).toEqual(['/tmp', '/work']);
    });

    it('sees no secret of the process that started it', async () => {
      const found = await ask(sandbox, 'secret', `
import os
result = [name for name, value in os.environ.items() if ${JSON.stringify(plantedKey)} in value]
for pid in filter(str.isdigit, os.listdir('/proc')):
    for name in ('environ', 'cmdline'):
        try:
            content = open('/proc/%s/%s' % (pid, name), 'rb').read()
        except OSError:
            continue
        if ${JSON.stringify(plantedKey)}.encode() in content:
            result.append(pid)
`);
      expect(found).toEqual([]);
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

    it('has the answers nowhere in its file system', async () => {
      const answers = competitions.flatMap(answersOf);
      expect(new Set(answers).size).toBe(18);
      // What the competitions were made from would do as well.
      const sources = ['Adelie,Torgersen', 'species,island,bill', '2012-01-01,0.0,12.8', '2012/01/01,0.0,12.8', '\nSection: libdevel\n', '\nSection: games\n', '17.99,10.38,122.8,1001', '59 2 32.1 101.0 157', '0,0,5,13,9,1,0,0,0,0,13,15,10,15'];
      // The search itself works: it finds what is put before it.
      await sandbox.put('control', [{ path: 'planted.csv', content: `id,value\n${answers[0]}\n` }]);
      expect(await ask(sandbox, 'control', search(answers, ['/work/control']))).toEqual([['/work/control/planted.csv', answers[0]]]);
      await sandbox.remove('control', ['planted.csv']);
      expect(await ask(sandbox, 'search', search([...answers, ...sources], ['/']))).toEqual([]);
    });

    it('stops a job that takes too much memory, and goes on', async () => {
      const told = await runJob(sandbox, script('memory'), main('parts = []\nwhile True:\n    parts.append(bytearray(b"x") * (16 << 20))\n'));
      expect(told.status).toBe('out_of_memory');
      expect(await runJob(sandbox, script('after-memory'), main('print(1)'))).toMatchObject({ status: 'done' });
    });

    it('holds a fork bomb, and goes on', async () => {
      const told = await runJob(sandbox, script('bomb'), main("import os, time\nmade = 0\ntry:\n    for _ in range(2000):\n        if os.fork() == 0:\n            time.sleep(600)\n            os._exit(0)\n        made += 1\nexcept OSError:\n    pass\nprint('made', made, flush=True)\n"));
      const made = Number(/made (\d+)/.exec(told.stdout)?.[1] ?? NaN);
      expect(made).toBeLessThanOrEqual(96);
      expect(made).toBeGreaterThan(5);
      expect(await runJob(sandbox, script('after-bomb'), main('print(1)'))).toMatchObject({ status: 'done' });
    });

    it('stops a job that fills the disk, and goes on', async () => {
      const told = await runJob(sandbox, script('disk', 'disk'), main("import time\nfor number in range(1000):\n    with open('part%d' % number, 'wb') as file:\n        file.write(b'x' * (10 << 20))\n    time.sleep(0.1)\n"));
      expect(told.status).toBe('disk_full');
      await sandbox.remove('disk', (await sandbox.list('disk')).map(({ path }) => path));
      expect(await runJob(sandbox, script('after-disk'), main('print(1)'))).toMatchObject({ status: 'done' });
    });

    it('ends a process that has left its session', async () => {
      const mark = `podium_mark_${process.pid}_${form.name.length}_daemon`;
      const told = await runJob(sandbox, script('daemon'), main(`import os, sys, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        os.execv(sys.executable, [sys.executable, '-c', 'import time; time.sleep(602)', '${mark}'])\n    os._exit(0)\ntime.sleep(0.5)\nprint('parent ends')\n`));
      expect(told.status).toBe('done');
      expect(processesOf(mark)).toEqual([]);
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
