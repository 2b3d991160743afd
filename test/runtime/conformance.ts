import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { JobEvent, JobResult, JobSpec, Sandbox, SandboxFile, SandboxSpec } from '../../src/core/runtime/runtime';
import { labels } from '../../src/node/docker/containerOptions';
import { sandboxesFolder } from '../../src/node/local/sandboxState';
import { makeTestPlaces, specOf, type Form, type TestPlaces } from './forms';

/** A job's result with all that it told. */
export interface Told extends JobResult {
  readonly events: readonly JobEvent[];
  readonly stdout: string;
  readonly stderr: string;
}

export const never = (): AbortSignal => new AbortController().signal;

/** Puts files, runs the job, and collects what it tells. `watch` sees every event as it comes. */
export async function runJob(sandbox: Sandbox, job: JobSpec, files: readonly SandboxFile[] = [], signal = never(), watch: (event: JobEvent) => void = () => undefined): Promise<Told> {
  await sandbox.put(job.folder, files);
  const events: JobEvent[] = [];
  const result = await sandbox.run(
    job,
    (event) => {
      events.push(event);
      watch(event);
    },
    signal,
  );
  const text = (stream: 'stdout' | 'stderr'): string =>
    events.map((event) => (event.type === 'output' && event.stream === stream ? event.text : event.type === 'cell_output' && event.output.output_type === 'stream' && event.output.name === stream ? event.output.text : '')).join('');
  return { ...result, events, stdout: text('stdout'), stderr: text('stderr') };
}

export const script = (id: string, folder = 'a1', seconds = 60): JobSpec => ({ id, folder, task: { kind: 'script', path: 'main.py', args: [] }, seconds });
export const main = (content: string): SandboxFile[] => [{ path: 'main.py', content }];
export const shell = (id: string, command: string, seconds = 60): JobSpec => ({ id, folder: 'a1', task: { kind: 'shell', command }, seconds });

/** Processes of this machine whose command line holds `text`: containers' processes are seen from here as well. */
export function processesOf(text: string): string[] {
  const { stdout } = spawnSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.includes(text) && !line.includes('ps -eo'));
}

/** The last displayed text of a cell. */
function displayed(told: Told): string | undefined {
  for (const event of told.events) {
    if (event.type === 'cell_output' && event.output.output_type === 'execute_result') return event.output.data['text/plain'];
  }
  return undefined;
}

/** What every runtime keeps to, in every kernel form. */
export function conformance(form: Form, kernel: 'ipykernel' | 'repl'): void {
  describe.skipIf(form.missing !== undefined)(`${form.name}, ${kernel}`, () => {
    let places: TestPlaces;
    let sandbox: Sandbox;
    let spec: SandboxSpec;
    // The bridge uses a plain interpreter loop where no Jupyter kernel is to be had.
    const cell = (id: string, code: string, name = 'c1', seconds = 60): JobSpec => ({ id, folder: 'bench', task: { kind: 'cell', code, cell: name }, seconds });

    beforeAll(async () => {
      places = await makeTestPlaces();
      spec = specOf(places, kernel === 'repl' ? { kernel: 'repl' } : {});
      sandbox = await form.make(places).start(spec, () => undefined, never());
    });

    afterAll(async () => {
      await sandbox?.stop();
      await places?.remove();
    });

    it('says what it is', () => {
      expect(sandbox.info.isolation).toBe(form.name === 'docker' ? 'container' : form.isolated ? 'bubblewrap' : 'none');
      expect(Object.keys(sandbox.info.libraries)).toEqual(expect.arrayContaining(['sklearn', 'pandas']));
      expect(sandbox.info.python).toMatch(/python/);
    });

    it('puts, lists, reads and removes files', async () => {
      await sandbox.put('files', [
        { path: 'a.txt', content: 'eins' },
        { path: 'deep/er/b.bin', content: new Uint8Array([0, 255, 10]) },
      ]);
      await sandbox.put('files', [{ path: 'a.txt', content: 'zwei — ß' }]);
      expect(await sandbox.list('files')).toEqual([
        { path: 'a.txt', bytes: 11 },
        { path: 'deep/er/b.bin', bytes: 3 },
      ]);
      expect(Buffer.from((await sandbox.get('files', 'a.txt', 100)) ?? []).toString('utf8')).toBe('zwei — ß');
      expect([...((await sandbox.get('files', 'deep/er/b.bin', 100)) ?? [])]).toEqual([0, 255, 10]);
      expect(await sandbox.get('files', 'a.txt', 5)).toBeUndefined();
      expect(await sandbox.get('files', 'nothing.txt', 5)).toBeUndefined();
      expect(await sandbox.get('files', 'deep', 1000)).toBeUndefined();
      await sandbox.remove('files', ['a.txt', 'missing.txt']);
      expect(await sandbox.list('files')).toEqual([{ path: 'deep/er/b.bin', bytes: 3 }]);
    });

    it('refuses paths that leave the working folder', async () => {
      for (const path of ['../x', '/etc/passwd', 'a/../../x', 'data/x', 'a//b', '']) {
        await expect(sandbox.get('files', path, 10)).rejects.toMatchObject({ reason: 'bad_path' });
        await expect(sandbox.put('files', [{ path, content: '' }])).rejects.toMatchObject({ reason: 'bad_path' });
      }
      await expect(sandbox.list('../files')).rejects.toMatchObject({ reason: 'bad_path' });
    });

    it('follows no link that the code inside has planted', async () => {
      await runJob(sandbox, script('plant', 'links'), main("import os\nos.symlink('/etc', 'sub')\nos.symlink('/etc/passwd', 'submission.csv')\nos.mkfifo('pipe')\n"));
      expect(await sandbox.get('links', 'submission.csv', 1e6)).toBeUndefined();
      expect(await sandbox.get('links', 'pipe', 1e6)).toBeUndefined();
      expect((await sandbox.list('links')).map(({ path }) => path)).toEqual(['main.py']);
      await sandbox.put('links', [{ path: 'sub/new.txt', content: 'mine' }]);
      expect(Buffer.from((await sandbox.get('links', 'sub/new.txt', 100)) ?? []).toString()).toBe('mine');
      expect(existsSync('/etc/new.txt')).toBe(false);
    });

    it('runs a script with data beside it, streaming and with arguments', async () => {
      const job: JobSpec = { id: 'script1', folder: 'a1', task: { kind: 'script', path: 'main.py', args: ['one', 'two words'] }, seconds: 60 };
      const told = await runJob(sandbox, job, main("import sys, pandas\nprint(len(pandas.read_csv('data/train.csv')), sys.argv[1:])\nprint('oops', file=sys.stderr)\nopen('out.txt', 'w').write('made')\n"));
      expect(told).toMatchObject({ status: 'done', exitCode: 0 });
      expect(told.stdout).toContain("2 ['one', 'two words']");
      expect(told.stderr).toContain('oops');
      expect(Buffer.from((await sandbox.get('a1', 'out.txt', 100)) ?? []).toString()).toBe('made');
    });

    it('streams output while the job runs', async () => {
      const controller = new AbortController();
      // It never ends by itself: only output that arrives meanwhile can end it.
      const told = await runJob(sandbox, script('stream'), main("import time\nprint('first')\ntime.sleep(600)\n"), controller.signal, (event) => {
        if (event.type === 'output' && event.text.includes('first')) controller.abort();
      });
      expect(told.status).toBe('cancelled');
      expect(told.stdout).toContain('first');
    });

    it('gives exit codes and the place of an exception', async () => {
      expect(await runJob(sandbox, script('exit3'), main('import sys\nsys.exit(3)\n'))).toMatchObject({ status: 'failed', exitCode: 3 });
      const told = await runJob(sandbox, script('raise'), main('def f():\n    return {}["gone"]\n\nf()\n'));
      expect(told).toMatchObject({ status: 'failed', exception: { type: 'KeyError' } });
      expect(told.exception?.frames.at(-1)).toMatchObject({ line: 2 });
      expect(told.exception?.frames.at(-1)?.file).toContain('main.py');
    });

    it('runs a shell command', async () => {
      const told = await runJob(sandbox, shell('shell1', 'cat data/more/notes.txt && exit 5'));
      expect(told).toMatchObject({ status: 'failed', exitCode: 5 });
      expect(told.stdout).toContain('a note');
    });

    it('keeps the state of cells, shows last expressions, and restarts', async () => {
      expect(await runJob(sandbox, cell('cell1', 'x = 41'))).toMatchObject({ status: 'done' });
      expect(displayed(await runJob(sandbox, cell('cell2', 'x + 1')))).toBe('42');
      const failed = await runJob(sandbox, cell('cell3', '1/0'));
      expect(failed).toMatchObject({ status: 'failed', exception: { type: 'ZeroDivisionError' } });
      await sandbox.restartKernel('bench');
      expect(await runJob(sandbox, cell('cell4', 'x'))).toMatchObject({ status: 'failed', exception: { type: 'NameError' } });
    });

    it('interrupts a cell without ending the kernel', async () => {
      await runJob(sandbox, cell('keep', 'y = 7'));
      const told = await runJob(sandbox, cell('long', "import time\nprint('going')\ntime.sleep(600)"), [], never(), (event) => {
        const text = event.type === 'output' ? event.text : event.type === 'cell_output' && event.output.output_type === 'stream' ? event.output.text : '';
        if (text.includes('going')) void sandbox.interrupt('long');
      });
      expect(told).toMatchObject({ status: 'failed', exception: { type: 'KeyboardInterrupt' } });
      expect(displayed(await runJob(sandbox, cell('kept', 'y')))).toBe('7');
    });

    it('runs a notebook in a fresh kernel and stops at the first error', async () => {
      const cells = [
        { id: 'one', code: "z = 5\nprint('z', z)" },
        { id: 'two', code: 'raise ValueError("no")' },
        { id: 'three', code: 'print("not reached")' },
      ];
      const told = await runJob(sandbox, { id: 'notebook1', folder: 'a2', task: { kind: 'notebook', cells }, seconds: 60 });
      expect(told).toMatchObject({ status: 'failed', exception: { type: 'ValueError' } });
      expect(told.events.flatMap((event) => (event.type === 'cell_done' ? [[event.cell, event.ok]] : []))).toEqual([
        ['one', true],
        ['two', false],
      ]);
      expect(told.stdout).toContain('z 5');
    });

    it('keeps partial output at a time-out and leaves no process', async () => {
      const mark = `podium_mark_${process.pid}_${kernel}_timeout`;
      const told = await runJob(sandbox, script('late', 'a1', 3), main(`import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(601)', '${mark}'], start_new_session=True)\nprint('partial')\ntime.sleep(600)\n`));
      expect(told.status).toBe('timeout');
      expect(told.stdout).toContain('partial');
      expect(processesOf(mark)).toEqual([]);
    });

    it('leaves no process after a cancel', async () => {
      const mark = `podium_mark_${process.pid}_${kernel}_cancel`;
      const controller = new AbortController();
      const told = await runJob(sandbox, script('stopped'), main(`import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(601)', '${mark}'], start_new_session=True)\nprint('started')\ntime.sleep(600)\n`), controller.signal, (event) => {
        if (event.type === 'output' && event.text.includes('started')) controller.abort();
      });
      expect(told.status).toBe('cancelled');
      expect(processesOf(mark)).toEqual([]);
    });

    it('starts once, and a job once', async () => {
      const again = await form.make(places).start(spec, () => undefined, never());
      expect(again.info.id).toBe(sandbox.info.id);
      const job = script('once', 'a3');
      await runJob(again, job, main("open('count.txt', 'a').write('x')\nprint('told')\n"));
      const second = await runJob(again, job);
      expect(second).toMatchObject({ status: 'done' });
      expect(second.stdout).toContain('told');
      expect(Buffer.from((await again.get('a3', 'count.txt', 100)) ?? []).toString()).toBe('x');
      await again.detach();
    });

    it('is found again with its running job after the runner has gone', async () => {
      const first = await form.make(places).find(spec);
      if (!first) throw new Error('the sandbox was not found');
      const job = script('outlive', 'a4');
      const begun = new Promise<void>((resolve, reject) => {
        runJob(first, job, main("import os, time\nprint('begun', flush=True)\nwhile not os.path.exists('go'):\n    time.sleep(0.05)\nopen('count.txt', 'a').write('x')\nprint('ended')\n"), never(), (event) => {
          if (event.type === 'output' && event.text.includes('begun')) resolve();
        }).catch(reject);
      });
      await begun;
      await first.detach();
      const second = await form.make(places).find(spec);
      if (!second) throw new Error('the sandbox was not found again');
      await second.put('a4', [{ path: 'go', content: '' }]);
      const told = await runJob(second, job);
      expect(told).toMatchObject({ status: 'done', exitCode: 0 });
      expect(told.stdout.replaceAll('\r', '')).toContain('begun\nended');
      expect(Buffer.from((await second.get('a4', 'count.txt', 100)) ?? []).toString()).toBe('x');
      await second.detach();
    });

    it('measures', async () => {
      const stats = await sandbox.stats();
      expect(stats.memoryMb).toBeGreaterThan(1);
      expect(stats.memoryLimitMb).toBeCloseTo(1024, 0);
    });

    it('leaves nothing when it is stopped', async () => {
      const mark = `podium_mark_${process.pid}_${kernel}_stop`;
      const own = specOf(places);
      const runtime = form.make(places);
      const other = await runtime.start(own, () => undefined, never());
      const lost = runJob(other, script('left'), main(`import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(601)', '${mark}'], start_new_session=True)\nprint('on')\ntime.sleep(600)\n`), never(), (event) => {
        if (event.type === 'output' && event.text.includes('on')) void other.stop();
      });
      expect(['cancelled', 'lost']).toContain((await lost).status);
      await other.stop();
      expect(processesOf(mark)).toEqual([]);
      expect(await runtime.find(own)).toBeUndefined();
      if (form.name === 'docker') {
        const docker = new Docker({ socketPath: inject('engine').dockerHost.replace('unix://', '') });
        const filters = { label: [`${labels.run}=${own.runId}`] };
        expect(await docker.listContainers({ all: true, filters })).toEqual([]);
        expect((await docker.listVolumes({ filters })).Volumes ?? []).toEqual([]);
      } else {
        expect(readdirSync(sandboxesFolder(places.home)).filter((name) => name.startsWith(own.runId))).toEqual([]);
        expect(existsSync(join(places.home, 'sandboxes'))).toBe(true);
      }
    });
  });
}
