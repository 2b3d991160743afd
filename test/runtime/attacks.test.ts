import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompetitionLibrary } from '../../src/node/competitions/library';
import { readCatalogue } from '../../src/node/competitions/catalogueFile';
import { importMleBench } from '../../src/node/importers/mleBench';
import { readJournal } from '../../src/node/storage/journal';
import { AttackRun, makeScratch, smallCompetition, type Scratch } from './attackRun';
import { processesOf } from './conformance';
import { bubblewrapForm, dockerForm, plantedKey, root } from './forms';

/**
 * Attacks that are known to succeed on benchmarks' environments, each played through a real run: the
 * script does its worst, and what the run then says is still what is true.
 */
const id = 'diabetes-progression';
const competitions = ['penguins', 'seattle-weather', 'debian-sections', 'breast-cancer', id, 'digits'];

/** A few rows of a bundled competition's hidden answers. */
function answersOf(competition: string): string[] {
  const [, ...rows] = readFileSync(join(root, 'media', 'competitions', competition, 'private', 'answers.csv'), 'utf8').trim().split('\n');
  return [0, 1, 2].map((part) => (rows[Math.floor((part * (rows.length - 1)) / 2)] ?? '').trim());
}

/** What the competitions were made from would do as well. */
const sources = ['Adelie,Torgersen', 'species,island,bill', '2012-01-01,0.0,12.8', '2012/01/01,0.0,12.8', '\nSection: libdevel\n', '\nSection: games\n', '17.99,10.38,122.8,1001', '59 2 32.1 101.0 157', '0,0,5,13,9,1,0,0,0,0,13,15,10,15'];

/** Looks for texts in every readable file, packed ones too, and for files of these names. `grep` finds where to look. */
const search = (texts: readonly string[], names: readonly string[], roots: readonly string[]): string => `
import gzip
texts = [base64.b64decode(text) for text in ${JSON.stringify(texts.map((text) => Buffer.from(text).toString('base64')))}]
names, found, looked = set(${JSON.stringify(names)}), [], set()
hidden = ('/proc', '/sys', '/dev', '/data', '/work/.podium')
with open('/tmp/patterns.txt', 'wb') as file:
    file.write(b'\\n'.join(text.strip() for text in texts) + b'\\n')
for top in ${JSON.stringify(roots)}:
    grep = ['grep', '-rlaF', '-f', '/tmp/patterns.txt', '--exclude=patterns.txt', '--exclude-dir=proc', '--exclude-dir=sys', '--exclude-dir=dev', '--exclude-dir=spool', top]
    looked |= set(os.fsdecode(line) for line in subprocess.run(grep, env={'LC_ALL': 'C', 'PATH': os.environ['PATH']}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.splitlines())
    for folder, folders, files in os.walk(top):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in hidden]
        found += [[os.path.join(folder, name), 'its name'] for name in files if name in names]
        looked |= set(os.path.join(folder, name) for name in files if name.endswith(('.gz', '.tgz')))
for path in sorted(looked):
    try:
        if path.startswith(hidden) or not os.path.isfile(path):
            continue
        with open(path, 'rb') as file:
            content = file.read()
        if content[:2] == b'\\x1f\\x8b':
            content = gzip.decompress(content)
    except (OSError, EOFError):
        continue
    found += [[path, text.decode()] for text in texts if text in content and content[:4] != b'\\x7fELF']
os.remove('/tmp/patterns.txt')
tell(found)
`;

const hostAddresses = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).filter(({ family, internal }) => family === 'IPv4' && !internal).map((one) => one.address));

for (const [form, kind] of [[dockerForm, 'docker'], [bubblewrapForm, 'local']] as const) {
  describe.skipIf(form.missing !== undefined)(`attacks: ${form.name}`, () => {
    let scratch: Scratch;
    let run: AttackRun;
    /** What the sample submission is worth, told after an attempt that did nothing else. */
    let honest: number;
    let answers: string;

    beforeAll(async () => {
      process.env.OPENAI_API_KEY = plantedKey;
      process.env.KAGGLE_KEY = plantedKey;
      scratch = await makeScratch();
      answers = join(root, 'media', 'competitions', id, 'private', 'answers.csv');
      run = await AttackRun.start(scratch, kind, await smallCompetition(scratch, id));
      const first = await run.submit('honest()\n');
      honest = first.score ?? NaN;
      expect(honest, JSON.stringify(first.observation)).toBeGreaterThan(1);
    });

    afterAll(async () => {
      delete process.env.OPENAI_API_KEY;
      delete process.env.KAGGLE_KEY;
      await run?.close();
      await scratch?.remove();
    });

    /** A script that writes the honest submission after its attack: it got nothing, and is worth what the sample is. */
    async function gainsNothing(attack: string, told: unknown = []): Promise<void> {
      const tried = await run.submit(`${attack}\nhonest()\n`);
      expect(tried.observation, tried.observation.summary).toMatchObject({ status: 'ok', grade: { valid: true } });
      expect(tried.told).toEqual(told);
      expect(tried.score).toBe(honest);
    }

    it('reading the answers, the board or the grades, anywhere in the file system', async () => {
      const wanted = competitions.flatMap(answersOf);
      expect(new Set(wanted).size).toBe(18);
      // The search itself works: it finds what is put before it.
      const control = `os.makedirs('control')\nopen('control/planted.csv', 'w').write(base64.b64decode('${Buffer.from(`id,value\n${wanted[0]}\n`).toString('base64')}').decode())\n`;
      const found = (await run.run(`${control}${search(wanted, ['planted.csv'], ['control'])}`)).told;
      expect(found).toEqual([['control/planted.csv', 'its name'], ['control/planted.csv', wanted[0]]]);
      // A grading has taken place by now: nothing of it was left inside either.
      const names = ['answers.csv', 'leaderboard.csv', 'journal.jsonl', 'gradingWorker.js', 'competition.yaml'];
      const privates = await readFile(join(scratch.home, 'grades', `${run.folder.split('/').at(-1)}.jsonl`), 'utf8');
      const secret = /"private":\{"score":([\d.]+)/.exec(privates)?.[1];
      expect(secret).toBeDefined();
      await gainsNothing(search([...wanted, ...sources, secret ?? ''], names, ['/']));
      await gainsNothing(`tell([path for path in ${JSON.stringify([root, answers, scratch.home, run.folder])} if os.path.exists(path)])`);
    });

    it('overwriting answers, data, board or grader', async () => {
      await gainsNothing(`
tell(tried(
    lambda: open(${JSON.stringify(answers)}, 'w').write('id,progression,Usage\\n'),
    lambda: open('/data/train.csv', 'a').write('A999,1\\n'),
    lambda: os.remove('/data/sample_submission.csv'),
    lambda: os.rename('/data/test.csv', '/data/other.csv'),
    lambda: open('/data/answers.csv', 'w').write('id'),
    lambda: os.chmod('/data', 0o777),
    lambda: subprocess.run(['mount', '-t', 'tmpfs', 'none', '/data'], check=True, capture_output=True) if shutil.which('mount') and subprocess.run(['mount', '-t', 'tmpfs', 'none', '/data'], capture_output=True).returncode == 0 else open('/nothing/there'),
))`);
      // Its own link to the data it may turn elsewhere: for the next attempt it leads to the data again.
      await run.run("os.remove('data')\nos.makedirs('data')\nopen('data/sample_submission.csv', 'w').write('mine')\n");
      await gainsNothing("tell(open('data/sample_submission.csv').readline().strip())", 'id,progression');
    });

    it('a submission that an earlier attempt, a command or another time has left', async () => {
      let scripts = 0;
      const stale = async (): Promise<void> => {
        const calls = run.events.filter((event) => event.type === 'graded').length;
        const tried = await run.submit(`tell(os.path.lexists('submission.csv')) # ${(scripts += 1)}\n`);
        expect(tried).toMatchObject({ told: false, score: null, observation: { status: 'error', error: { type: 'no_submission' } } });
        expect(run.events.filter((event) => event.type === 'graded')).toHaveLength(calls);
      };
      // Into the folders of the attempts to come, with a time in the future.
      await gainsNothing(`
for number in range(1, 60):
    folder = os.path.join('/work', 'a%d' % number)
    os.makedirs(folder, exist_ok=True)
    shutil.copyfile('data/sample_submission.csv', folder + '/submission.csv')
    os.utime(folder + '/submission.csv', (4e9, 4e9))
tell([])`);
      await stale();
      // By a command in the attempt's own folder, after the script has run.
      await run.act('shell', { command: 'cp data/sample_submission.csv submission.csv; touch -d 2099-01-01 submission.csv' });
      await stale();
      // The folder of this attempt is made a link to that of one with a good submission.
      const linked = await run.submit(`
here = os.getcwd()
os.makedirs('/work/a1', exist_ok=True)
shutil.copyfile('data/sample_submission.csv', '/work/a1/submission.csv')
os.chdir('/work')
os.rename(here, here + '-was')
os.symlink('/work/a1', here)
`);
      expect(linked).toMatchObject({ score: null, observation: { status: 'error', error: { type: 'no_submission' } } });
    });

    it('what a cell has left in its kernel, at work on the attempts that follow', async () => {
      const cell = { id: 'leave', cell_type: 'code', metadata: {}, execution_count: null, outputs: [], source: [`
import glob, os, threading, time
rows = open('/data/sample_submission.csv').read().splitlines()
lie = '\\n'.join([rows[0]] + [row.split(',')[0] + ',0' for row in rows[1:]]) + '\\n'
def overwrite():
    while True:
        for folder in glob.glob('/work/a*'):
            try:
                open(folder + '/.lie', 'w').write(lie)
                os.replace(folder + '/.lie', folder + '/submission.csv')
            except OSError:
                pass
        time.sleep(0.001)
for _ in range(4):
    threading.Thread(target=overwrite, daemon=True).start()
`] };
      const notebook = JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell] });
      expect(await run.act('run_cell', { path: 'leave.ipynb', cell: 'leave' }, { 'leave.ipynb': notebook })).toMatchObject({ status: 'ok' });
      await gainsNothing('tell([])');
      await gainsNothing("honest()\ntime.sleep(0.5)\ntell(open('submission.csv').read() == open('data/sample_submission.csv').read())", true);
      expect(await run.act('restart_kernel', {})).toMatchObject({ status: 'ok' });
    });

    it('what an earlier attempt has put where a later one finds it unasked', async () => {
      const changed = "import shutil\nshutil.copyfile = lambda *_: open('submission.csv', 'w').write('id\\n')\n";
      await run.run(`
import site
for place, name in [(site.getusersitepackages(), 'usercustomize.py')] + [(folder + '/ipython/profile_default/startup', '00.py') for folder in glob.glob('/tmp/podium-*')]:
    os.makedirs(place, exist_ok=True)
    open(os.path.join(place, name), 'w').write(${JSON.stringify(changed)})
os.makedirs('/work/other', exist_ok=True)
for folder in ['check'] + ['a%d' % number for number in range(1, 90)]:
    if not os.path.lexists('/work/' + folder):
        os.makedirs('/work/' + folder)
        os.symlink('/work/other', '/work/' + folder + '/data')
        open('/work/' + folder + '/ast.py', 'w').write('print("{}")\\nraise SystemExit(0)')
`);
      await gainsNothing("tell(os.path.realpath('data'))", '/data');
      const cell = { id: 'copy', cell_type: 'code', metadata: {}, execution_count: null, outputs: [], source: ["import shutil\nshutil.copyfile('data/sample_submission.csv', 'submission.csv')"] };
      const notebook = JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell] });
      expect(await run.act('submit', { entry: 'copy.ipynb' }, { 'copy.ipynb': notebook })).toMatchObject({ status: 'ok', grade: { valid: true } });
      expect(await run.act('validate', { path: 'train.py' }, { 'train.py': 'print(1)\n' })).toMatchObject({ status: 'ok' });
    });

    it('what no namespace divides', async () => {
      await gainsNothing(`
import ctypes, platform
libc = ctypes.CDLL(None, use_errno=True)
numbers = {'x86_64': (250, 248, 425), 'aarch64': (219, 217, 425)}[platform.machine()]
done = {
    'a keyring of who started it': libc.syscall(numbers[0], 0, -3, 0),
    'a key in it': libc.syscall(numbers[1], b'user', b'podium', b'x', 1, -3),
    'calls that others carry out': libc.syscall(numbers[2], 8, (ctypes.c_byte * 120)()),
    'a user namespace': libc.unshare(0x10000000),
}
tell([name for name, result in done.items() if result >= 0] + [family for family in range(46) if tried(lambda: socket.socket(family, socket.SOCK_STREAM), lambda: socket.socket(family, socket.SOCK_DGRAM)) and family not in (1, 2, 10, 16)])`);
    });

    it('rows that are no number', async () => {
      for (const value of ['nan', '', 'inf', '-inf', 'NA', '1e999', 'None']) {
        const tried = await run.submit(`
rows = open('data/sample_submission.csv').read().splitlines()
open('submission.csv', 'w').write('\\n'.join(row if number % 2 else row.split(',')[0] + ',${value}' for number, row in enumerate(rows, 1)) + '\\n')
`);
        expect(tried, value).toMatchObject({ score: null, observation: { status: 'error', grade: { valid: false } } });
      }
      await gainsNothing('tell([])');
    });

    it('keys in the environment of whoever started it', async () => {
      await gainsNothing(`
wanted, found = base64.b64decode('${Buffer.from(plantedKey).toString('base64')}'), [name for name in os.environ if 'KEY' in name or 'TOKEN' in name]
for pid in filter(str.isdigit, os.listdir('/proc')):
    for name in ('environ', 'cmdline', 'maps'):
        try:
            content = open('/proc/%s/%s' % (pid, name), 'rb').read()
        except OSError:
            continue
        if wanted in content or b'vitest' in content:
            found.append([pid, name])
tell(found)`);
    });

    it('the network: connections, names, datagrams, and sockets of the machine', async () => {
      const listen = (server: Server, where: object): Promise<Server> => new Promise((resolve) => server.listen(where, () => resolve(server)));
      const tcp = await listen(createServer((socket) => socket.end('hello')), { port: 0, host: '0.0.0.0' });
      const named = `podium-attack-${process.pid}`;
      const unix = await listen(createServer((socket) => socket.end('hello')), { path: `\0${named}` });
      try {
        const address = tcp.address();
        const port = typeof address === 'object' && address ? address.port : 0;
        await gainsNothing(`
def abstract():
    with socket.socket(socket.AF_UNIX) as client:
        client.connect('\\0${named}')
tell([
    [host for host in ${JSON.stringify(['127.0.0.1', ...hostAddresses])} if tried(lambda: socket.create_connection((host, ${port}), timeout=2))],
    tried(
        abstract,
        lambda: socket.create_connection(('192.0.2.1', 443), timeout=2),
        lambda: socket.getaddrinfo('example.org', 443),
        lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53)),
        lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1),
    ),
    [path for path in ('/var/run/docker.sock', '/run/docker.sock', '/run/containerd/containerd.sock', '/run/dbus/system_bus_socket') if os.path.exists(path)],
    [line.split(':')[0].strip() for line in open('/proc/net/dev') if ':' in line],
])`, [[], [], [], ['lo']]);
      } finally {
        tcp.close();
        unix.close();
      }
    });

    it('giving orders to the bridge, or working on it from outside', async () => {
      await gainsNothing(`
bridges = [path for path in ('/run/podium/bridge.sock', '/podium/bridge.sock') if os.path.exists(path)]
def order():
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        client.connect((bridges or ['/nowhere'])[0])
        client.sendall(json.dumps({'id': 1, 'op': 'start', 'job': 'mine', 'folder': 'a1', 'task': {'kind': 'shell', 'command': 'sleep 600'}, 'seconds': 1e9, 'memoryMb': None, 'env': {}}).encode() + b'\\n')
        if not client.recv(100):
            raise OSError('refused')
bridge = [pid for pid in filter(str.isdigit, os.listdir('/proc')) if b'bridge.py\\0serve' in open('/proc/%s/cmdline' % pid, 'rb').read()]
def memory(pid):
    open('/proc/%s/mem' % pid, 'r+b')
def files(pid):
    open('/proc/%s/fd/0' % pid)
# In a container there is also the runner's connection.
others = [pid for pid in filter(str.isdigit, os.listdir('/proc')) if int(pid) != os.getpid()]
tell([len(bridges), bridge, len(others), tried(order, *[lambda pid=pid, action=action: action(pid) for pid in others for action in (memory, files)], *[lambda pid=pid: os.kill(int(pid), 9) for pid in others if pid != '1'])])
# The first process of a namespace takes no signal from within it.
os.kill(1, 9)`, kind === 'docker' ? [1, ['1'], 2, []] : [0, ['1'], 1, []]);
    });

    it('a process that leaves its session, its parent and its mark, and outlives a time-out', async () => {
      const mark = `podium_mark_${process.pid}_${kind}_outlives`;
      const daemon = `
def daemon(seconds):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.environ.clear()
            code = 'import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]\\nwhile True:\\n time.sleep(0.05)\\n try: open("/work/late.txt", "a").write("x")\\n except OSError: pass'
            os.execve(sys.executable, [sys.executable, '-c', code, '${mark}'], {})
        os._exit(0)
daemon(600)
subprocess.Popen(['nohup', 'sh', '-c', 'while true; do sleep 1; done', '${mark}'], env={}, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
time.sleep(0.3)
`;
      const late = await run.run(`${daemon}print('partial', flush=True)\nwhile True:\n    time.sleep(1)\n`, 2);
      expect(late.observation).toMatchObject({ status: 'timeout' });
      expect(processesOf(mark)).toEqual([]);
      // The same, by a script that ends well: it goes on changing nothing behind the grading.
      await gainsNothing(`${daemon}tell([])`);
      expect(processesOf(mark)).toEqual([]);
      await gainsNothing("first = os.path.getsize('/work/late.txt')\ntime.sleep(0.3)\ntell(os.path.getsize('/work/late.txt') - first)", 0);
    });

    it('writing the history, in files and through the names of files', async () => {
      const { events } = await readJournal(run.folder);
      const config = await readFile(join(run.folder, 'run.json'), 'utf8');
      for (const path of ['../../journal.jsonl', '/etc/passwd', '../run.json', 'a/../../run.json', 'data/train.csv', 'x\n.py']) {
        expect(await run.act('write_file', { path, content: 'x' }), path).toMatchObject({ status: 'error' });
        expect(await run.act('read_file', { path }), path).toMatchObject({ status: 'error' });
      }
      await gainsNothing(`
made = tried(*[lambda path=path: open(path, 'a').write('{"seq":1}') for path in (${JSON.stringify(join(run.folder, 'journal.jsonl'))}, ${JSON.stringify(join(scratch.home, 'grades', 'x.jsonl'))}, '${kind === 'docker' ? '/podium/bridge.py' : '/run/podium/bridge.py'}')])
open('..%2f..%2fjournal.jsonl', 'w').write('x')
tell(made)`);
      const after = await readJournal(run.folder);
      expect(after.events.slice(0, events.length)).toEqual(events);
      expect(after.events.map((event) => event.seq)).toEqual(after.events.map((_, at) => at + 1));
      expect(await readFile(join(run.folder, 'run.json'), 'utf8')).toBe(config);
    });

    it.each([
      ['a link to a file of the system', "os.symlink('/etc/passwd', 'submission.csv')"],
      ['a link to where the answers would be', `os.symlink(${JSON.stringify(join(root, 'media', 'competitions', id, 'private', 'answers.csv'))}, 'submission.csv')`],
      ['a link to a good submission', "shutil.copyfile('data/sample_submission.csv', 'good.csv')\nos.symlink('good.csv', 'submission.csv')"],
      ['a pipe', "os.mkfifo('submission.csv')"],
      ['a folder', "os.makedirs('submission.csv/x')"],
      ['a socket', "os.chdir(os.getcwd())\nsocket.socket(socket.AF_UNIX).bind('submission.csv')"],
      ['an endless file', "open('submission.csv', 'w').truncate(90 << 20)"],
    ])('in the place of the submission: %s', async (_what, script) => {
      const tried = await run.submit(`${script}\n`);
      expect(tried).toMatchObject({ score: null, observation: { status: 'error', error: { type: 'no_submission' }, credit: expect.toSatisfy((credit: number) => credit < 0.9) } });
    });

    it('hard links and devices in the place of the submission', async () => {
      await gainsNothing("tell(tried(lambda: os.link('/etc/passwd', 'submission.csv'), lambda: os.link('/data/sample_submission.csv', 'submission.csv'), lambda: os.mknod('submission.csv', 0o600 | 0o020000, os.makedev(1, 5))))");
    });

    it('filling memory, disk, the number of files and of processes', async () => {
      const memory = await run.run("parts = []\nwhile True:\n    parts.append(bytearray(b'x') * (16 << 20))\n");
      expect(memory.observation.error?.type).toBe('out_of_memory');
      const disk = await run.run("for number in range(1000):\n    open('part%d' % number, 'wb').write(b'x' * (10 << 20))\n    time.sleep(0.1)\n");
      expect(disk.observation.error?.type).toBe('disk_full');
      const files = await run.run("number = 0\nwhile True:\n    open('f%d' % number, 'w').close()\n    number += 1\n    time.sleep(0.00002)\n");
      expect(files.observation.error?.type).toBe('disk_full');
      const bomb = await run.run("made = 0\ntry:\n    for _ in range(3000):\n        if os.fork() == 0:\n            time.sleep(600)\n            os._exit(0)\n        made += 1\nexcept OSError:\n    pass\ntell(made)\n");
      expect(bomb.told).toEqual(expect.toSatisfy((made: number) => made > 5 && made < 320));
      await gainsNothing("tell([path for path in glob.glob('f[0-9]*') + glob.glob('part*')])");
    });

    it('a look-alike score, milestone or end', async () => {
      const calls = run.events.length;
      await gainsNothing(`
lies = [
    'SCORE rmse 0.0',
    json.dumps({'event': 'milestone', 'name': 'submission_valid', 'job': 'a1-s1', 'seq': 0, 'at': 0}),
    json.dumps({'event': 'graded', 'valid': True, 'public': {'score': 0, 'se': 0}}),
    json.dumps({'t': 'milestone', 'name': 'submission_valid', 'k': ''}),
    json.dumps({'event': 'end', 'status': 'done', 'exitCode': 0, 'seconds': 0, 'peakMemoryMb': None}),
]
text = ('\\n'.join(lies) + '\\n').encode()
tell([])
for fd in range(1, 64):
    tried(lambda: os.write(fd, text))
open('scores.csv', 'w').write('model,fold,score\\nm,1,0\\nm,2,0\\nm,3,0\\n')
open('graded.json', 'w').write(lies[2])`);
      const since = run.events.slice(calls);
      const credits = since.flatMap((event) => (event.type === 'milestone' ? [event.data.milestone.name] : []));
      expect(credits).not.toContain('submission_valid');
      const attempt = since.flatMap((event) => (event.type === 'attempt_finished' ? [event.data] : [])).at(-1);
      // What it printed is its own claim and nothing else.
      expect(attempt).toMatchObject({ status: 'valid', claim: { value: 0 } });
    });

    it('the record of its own output, and of the next job\'s', async () => {
      const spool = '/work/.podium/spool';
      const forged = `json.dumps({'job': job, 'seq': %d, 'at': 0, 'event': 'milestone', 'name': 'trained'}) + '\\n' + json.dumps({'job': job, 'seq': %d, 'at': 0, 'event': 'end', 'status': 'done', 'exitCode': 0, 'seconds': 0, 'peakMemoryMb': None}) + '\\n'`;
      const next = Math.max(...run.events.flatMap((event) => (event.type === 'step_started' ? [event.data.step] : []))) + 1;
      // The name of a job is known before it runs: its record is written for it.
      await gainsNothing(`
for step in range(${next}, ${next + 4}):
    for attempt in range(1, 90):
        job = 'a%d-s%d' % (attempt, step)
        if not os.path.exists('${spool}/' + job + '.jsonl'):
            open('${spool}/' + job + '.jsonl', 'w').write(${forged.replace('%d', '0').replace('%d', '1')})
tell([])`);
      await gainsNothing('tell([])');
      const tried = await run.submit(`
honest()
print('begun', flush=True)
time.sleep(0.5)
record = max(glob.glob('${spool}/*.jsonl'), key=os.path.getmtime)
job = os.path.basename(record)[:-6]
forged = (${forged.replace('%d', '0').replace('%d', '1')}).encode()
with open(record, 'r+b') as file:
    file.write(forged)
    file.truncate()
print('after', flush=True)
sys.exit(3)
`);
      expect(tried).toMatchObject({ score: null, observation: { status: 'error' } });
    });

    it('outputs that a notebook already has', async () => {
      const cell = { id: 'one', cell_type: 'code', metadata: {}, execution_count: 1, source: ['x = 1'], outputs: [{ output_type: 'stream', name: 'stdout', text: ['SCORE rmse 0.001\n'] }] };
      const notebook = JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell] });
      const observation = await run.act('submit', { entry: 'solution.ipynb' }, { 'solution.ipynb': notebook });
      expect(observation).toMatchObject({ status: 'error', error: { type: 'no_submission' } });
      expect(observation.claim).toBeUndefined();
    });

    it('ends with a record of what happened, and nothing of it runs', async () => {
      const { events } = await readJournal(run.folder);
      const scores = events.flatMap((event) => (event.type === 'graded' && event.data.valid ? [event.data.public?.score] : []));
      expect(scores.length).toBeGreaterThan(10);
      expect(new Set(scores.map((score) => score?.toFixed(9))).size).toBe(1);
      const text = JSON.stringify(events);
      for (const secret of [plantedKey, ...answersOf(id)]) expect(text.includes(JSON.stringify(secret).slice(1, -1)), secret).toBe(false);
      expect(spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).stdout).not.toContain('podium_mark_');
    });
  });
}

describe.skipIf(bubblewrapForm.missing !== undefined)('attacks on a grader in Python', () => {
  it('finds neither it nor its answers beside the data, and is not told what it says', async () => {
    const scratch = await makeScratch();
    try {
      const out = join(scratch.folder, 'imported');
      const checkout = join(root, 'test/fixtures/importers/mle-bench');
      await importMleBench(checkout, await readCatalogue(scratch.assets.media), { home: scratch.home, out, split: { seed: 0, publicShare: 0.3 }, grader: 'python', data: join(checkout, 'data'), only: ['largest-error'] });
      const competition = await new CompetitionLibrary({ bundledFolder: join(root, 'media/competitions'), home: scratch.home }).load(join(out, 'largest-error'));
      const run = await AttackRun.start(scratch, 'local', competition);
      try {
        const looked = await run.submit(`
found = [os.path.join(folder, name) for top in ('/data', '/work', '/podium', '/tmp') for folder, _, names in os.walk(top) for name in names if name in ('grade.py', 'answers.csv', 'job.json')]
sys.path += ['/data', '/data/grader', '/data/../grader', '/work']
def take(name):
    __import__(name)
tell([found, tried(*[lambda name=name: take(name) for name in ('grade', 'grader', 'mlebench', 'mlebench.competitions')])])
rows = open('data/sample_submission.csv').read().splitlines()
open('submission.csv', 'w').write('\\n'.join([rows[0]] + [','.join('13' if at == rows[0].split(',').index('size') else cell for at, cell in enumerate(row.split(','))) for row in rows[1:]]) + '\\n')
`);
        expect(looked.told).toEqual([[], []]);
        // It raises ZeroDivisionError("thirteen").
        expect(looked.observation).toMatchObject({ status: 'error', grade: { valid: false, errors: [{ code: 'undefined_score', message: expect.stringContaining('ZeroDivisionError') as string }] } });
        expect(JSON.stringify([looked.observation, run.events.filter((event) => event.type !== 'step_started')])).not.toContain('thirteen');
        expect(run.events.filter((event) => event.type === 'graded').map((event) => event.type === 'graded' && event.data.call)).toEqual([1]);
      } finally {
        await run.close();
      }
    } finally {
      await scratch.remove();
    }
  });
});
