import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobSpec, Sandbox } from '../../src/core/runtime/runtime';
import { main, never, runJob, script } from './conformance';
import { forms, makeTestPlaces, specOf, type TestPlaces } from './forms';

/**
 * What a cell leaves running in an idle kernel: it waits for the next cell. Until then nothing of it
 * changes a file, of an attempt or any other.
 */

/** Ways to go on after a cell has ended. Each adds to a file of its own beside the working folders. */
const ways = ['thread', 'child', 'orphan', 'headless', 'handler'] as const;

const leaveBehind = `
import os, signal, subprocess, sys, threading, time
kept = 42
def tick(name):
    with open(os.path.join('..', 'tick-' + name), 'a') as file:
        file.write('x')
def ticking(name):
    while True:
        tick(name)
        time.sleep(0.005)
code = 'import os, threading, time\\ndef ticking():\\n while True:\\n  open("../tick-%s", "a").write("x")\\n  time.sleep(0.005)\\n'
threading.Thread(target=ticking, args=('thread',), daemon=True).start()
subprocess.Popen([sys.executable, '-c', code % 'child' + 'ticking()'], start_new_session=True)
# It has left its parent and its session, before anybody could see it there.
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve(sys.executable, [sys.executable, '-c', code % 'orphan' + 'ticking()'], dict(os.environ))
    os._exit(0)
# Its first thread has ended, so that it looks like a zombie.
subprocess.Popen([sys.executable, '-c', code % 'headless' + 'threading.Thread(target=ticking).start()\\nimport ctypes\\nctypes.CDLL(None).pthread_exit(None)'])
signal.signal(signal.SIGALRM, lambda *_: tick('handler'))
signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
sizes = lambda: {name: os.path.getsize('../tick-' + name) if os.path.exists('../tick-' + name) else 0 for name in ${JSON.stringify(ways)}}
while not all(sizes().values()):
    time.sleep(0.01)
`;

/** Prints which files have grown within half a second. */
const grown = `
import os, time
sizes = lambda: {name: os.path.getsize('../tick-' + name) for name in ${JSON.stringify(ways)}}
before = sizes()
time.sleep(0.5)
print('GROWN', *[name for name, size in sizes().items() if size > before[name]])
`;

for (const form of forms) {
  describe.each(['auto', 'repl'] as const)(`left behind: ${form.name}, kernel %s`, { skip: form.missing !== undefined }, (kernel) => {
    let places: TestPlaces;
    let sandbox: Sandbox;
    const cell = (id: string, code: string): JobSpec => ({ id, folder: 'bench', task: { kind: 'cell', code, cell: 'c1' }, seconds: 60 });

    beforeAll(async () => {
      places = await makeTestPlaces();
      sandbox = await form.make(places).start(specOf(places, { kernel }), () => undefined, never());
    });
    afterAll(async () => {
      await sandbox?.stop();
      await places?.remove();
    });

    it('a kernel and all that came from it stand still until its next cell', async () => {
      const left = await runJob(sandbox, cell('leave', leaveBehind));
      expect(left, left.stderr).toMatchObject({ status: 'done' });
      expect(left.stderr).toContain('goes on while the next cell runs');
      expect((await runJob(sandbox, script('while'), main(grown))).stdout.trim()).toBe('GROWN');
      // The variables are there, and so is what was begun.
      const next = await runJob(sandbox, cell('next', `${grown}print('KEPT', kept)`));
      expect(next.stdout).toContain(`GROWN ${ways.join(' ')}`);
      expect(next.stdout).toContain('KEPT 42');
      expect((await runJob(sandbox, script('after'), main(grown))).stdout.trim()).toBe('GROWN');
    });

    it('also when a script wakes it up: at its end it stands still again', async () => {
      const wake = `
import os, signal
for pid in filter(str.isdigit, os.listdir('/proc')):
    try:
        if b'bridge.py' in open('/proc/%s/cmdline' % pid, 'rb').read() and pid != str(os.getpid()) and os.path.realpath('/proc/%s/cwd' % pid).endswith('/bench'):
            os.kill(int(pid), signal.SIGCONT)
    except OSError:
        pass
`;
      expect((await runJob(sandbox, script('wake'), main(wake + grown))).stdout).toContain('thread');
      expect((await runJob(sandbox, script('waked'), main(grown))).stdout.trim()).toBe('GROWN');
    });

    it('programs that are stopped while they begin do not keep a cell from ending', async () => {
      // Whoever starts a program cannot be stopped until it has begun.
      const beginning = `
import subprocess, threading, time
def begin():
    while True:
        subprocess.run(['/bin/true'])
threading.Thread(target=begin, daemon=True).start()
time.sleep(0.2)
`;
      for (let n = 0; n < 3; n++) expect(await runJob(sandbox, cell(`beginning${n}`, n === 0 ? beginning : 'time.sleep(0.2)'))).toMatchObject({ status: 'done' });
      expect((await runJob(sandbox, script('beside'), main('print("ran")'))).stdout).toContain('ran');
    });

    it('nothing of a script that was stopped goes on beside a live kernel', async () => {
      const forked = `
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve(sys.executable, [sys.executable, '-c', 'import ctypes, threading, time\\ndef late():\\n while True:\\n  open("../tick-late", "a").write("x")\\n  time.sleep(0.005)\\nthreading.Thread(target=late).start()\\nctypes.CDLL(None).pthread_exit(None)'], {})
    os._exit(0)
while not os.path.exists('../tick-late'):
    time.sleep(0.01)
time.sleep(600)
`;
      expect((await runJob(sandbox, { ...script('late'), seconds: 3 }, main(forked))).status).toBe('timeout');
      const look = (id: string) => runJob(sandbox, script(id), main(grown.replace(JSON.stringify(ways), '["late"]')));
      expect((await look('look')).stdout.trim()).toBe('GROWN');
      // Nor does it come back to life with the kernel.
      expect((await runJob(sandbox, cell('alive', grown.replace(JSON.stringify(ways), '["late"]')))).stdout.trim()).toBe('GROWN');
    });
  });
}
