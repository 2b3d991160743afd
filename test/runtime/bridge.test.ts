import { setTimeout as sleep } from 'node:timers/promises';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BridgeClient } from '../../src/node/kernel/bridgeClient';
import { BridgeProcess, follow } from './bridgeProcess';

/** Scripts, commands and connections of the real bridge with this machine's Python. */

describe('scripts and commands', () => {
  let bridge: BridgeProcess;
  let client: BridgeClient;
  let count = 0;
  const script = async (code: string, more: { args?: string[]; seconds?: number; memoryMb?: number; folder?: string } = {}, signal?: AbortSignal) => {
    const { args = [], ...spec } = more;
    await bridge.write(more.folder ?? 'a1', 'train.py', code);
    return follow(client, { id: `s${++count}`, task: { kind: 'script', path: 'train.py', args }, ...spec }, signal);
  };
  const shell = (command: string, more = {}, signal?: AbortSignal) => follow(client, { id: `h${++count}`, task: { kind: 'shell', command }, ...more }, signal);

  beforeAll(async () => {
    bridge = await BridgeProcess.start({ diskMb: 300, pids: 60, env: { PODIUM_SPOOL_MB: '2' } });
    client = await bridge.client();
    await bridge.write('a1', 'x', '');
  });
  afterAll(() => bridge.stop());

  it('runs a script as the interpreter would', async () => {
    await bridge.write('a1', 'own.py', 'value = 3\n');
    const run = await script('"""Doc."""\nfrom __future__ import annotations\nimport sys, os\nimport own\ndef f(x: Unknown): ...\nprint(__name__, __doc__, sys.argv, os.path.basename(__file__), own.value, os.getcwd() == os.path.dirname(__file__))\nprint("PODIUM_CHILD" in os.environ)\nprint("err", file=sys.stderr)', { args: ['--fast', '2'] });
    expect(await run.result).toMatchObject({ status: 'done', exitCode: 0 });
    expect(run.text()).toBe("__main__ Doc. ['train.py', '--fast', '2'] train.py 3 True\nFalse\n");
    expect(run.text('stderr')).toBe('err\n');
  });

  it('works with processes that pickle and import the main module', async () => {
    const run = await script('import multiprocessing as mp\nfrom joblib import Parallel, delayed\nclass Box:\n    def __init__(self, v): self.v = v\ndef work(box): return Box(box.v * 2)\nif __name__ == "__main__":\n    with mp.get_context("spawn").Pool(1) as pool:\n        print([b.v for b in pool.map(work, [Box(1), Box(2)])])\n    print([b.v for b in Parallel(n_jobs=2)(delayed(work)(Box(i)) for i in range(3))])');
    expect((await run.result).status).toBe('done');
    expect(run.text()).toBe('[2, 4]\n[0, 2, 4]\n');
  });

  it('passes environment and exit codes on', async () => {
    expect(await (await script('import sys; sys.exit(7)')).result).toMatchObject({ status: 'failed', exitCode: 7 });
    expect(await (await script('import sys; sys.exit()')).result).toMatchObject({ status: 'done', exitCode: 0 });
    expect(await (await script('import os; os.kill(os.getpid(), 15)')).result).toMatchObject({ status: 'failed', exitCode: 143 });
    const echo = shell('echo "$WORD"; exit 5', { env: { WORD: 'given' } });
    expect(await echo.result).toMatchObject({ status: 'failed', exitCode: 5 });
    expect(echo.text()).toBe('given\n');
  });

  it('says where an exception lies, in the player\'s own files only, and prints an ordinary traceback', async () => {
    const run = await script('import pandas as pd\n\ndef load():\n    return pd.read_csv("data/none.csv")\n\nload()\n');
    const result = await run.result;
    expect(result.exception).toMatchObject({ type: 'FileNotFoundError', frames: [{ file: 'train.py', line: 6, source: 'load()' }, { file: 'train.py', line: 4, source: 'return pd.read_csv("data/none.csv")' }] });
    expect(run.text('stderr')).toContain('Traceback (most recent call last)');
    expect(run.text('stderr')).not.toContain('bridge.py');
  });

  it('tells a script that does not parse, or is not there', async () => {
    const run = await script('x = 1\nif x\n');
    expect((await run.result).exception).toMatchObject({ type: 'SyntaxError', frames: [{ file: 'train.py', line: 2, source: 'if x' }] });
    expect(run.milestones()).toEqual([]);
    const missing = follow(client, { id: `s${++count}`, task: { kind: 'script', path: 'none.py', args: [] } });
    expect(await missing.result).toMatchObject({ status: 'failed', exitCode: 2, exception: { type: 'FileNotFoundError' } });
  });

  it('streams output before the job ends', async () => {
    const stop = new AbortController();
    const run = await script('import time\nprint("one")\ntime.sleep(600)', {}, stop.signal);
    await expect.poll(() => run.text(), { timeout: 20_000 }).toBe('one\n');
    stop.abort();
    expect((await run.result).status).toBe('cancelled');
  });

  it('stops at the time limit with output and place kept, and no process left: group, daemon, stubborn child', async () => {
    const run = await script('import subprocess, time, os\nprint("partial")\nsubprocess.Popen(["sleep", "985"])\nsubprocess.Popen("setsid sh -c \'trap : INT TERM; (env -i setsid sleep 985 &) ; sleep 985\'", shell=True)\ntime.sleep(600)', { seconds: 1.5 });
    expect(await run.result).toMatchObject({ status: 'timeout', exception: { type: 'KeyboardInterrupt', frames: [{ file: 'train.py', line: 5 }] } });
    expect(run.text()).toBe('partial\n');
    expect((await bridge.processes()).filter((line) => line.includes('985'))).toEqual([]);
  });

  it('kills what ignores Ctrl-C and SIGTERM', async () => {
    const run = shell('trap "" INT TERM; echo here; while true; do sleep 1; done', { seconds: 0.5 });
    expect(await run.result).toMatchObject({ status: 'timeout', exitCode: 137 });
    expect(run.text()).toBe('here\n');
  });

  it('ends what a command leaves behind', async () => {
    expect((await shell('nohup setsid sleep 984 >/dev/null 2>&1 & echo started').result).status).toBe('done');
    expect((await bridge.processes()).filter((line) => line.includes('984'))).toEqual([]);
  });

  it('passes Ctrl-C on', async () => {
    const run = await script('import time\ntry:\n    print("waiting")\n    time.sleep(600)\nexcept KeyboardInterrupt:\n    print("saved")');
    await expect.poll(() => run.text(), { timeout: 20_000 }).toBe('waiting\n');
    await client.interrupt(`s${count}`);
    expect(await run.result).toMatchObject({ status: 'done' });
    expect(run.text()).toBe('waiting\nsaved\n');
  });

  it('stops a job above its memory, counting all its processes', async () => {
    const run = await script('import multiprocessing as mp, time\ndef eat(_):\n    block = bytearray(150_000_000)\n    time.sleep(600)\nif __name__ == "__main__":\n    mp.Pool(4).map(eat, range(4))', { memoryMb: 300 });
    expect((await run.result).status).toBe('out_of_memory');
  });

  it('takes a MemoryError for what it is', async () => {
    expect((await (await script('x = bytearray(1 << 60)')).result).status).toBe('out_of_memory');
  });

  it('stops a job that fills the disk, by many files or by one', async () => {
    const many = await script('import time, os\nfor i in range(1000):\n    open(f"f{i}", "wb").write(os.urandom(5_000_000))\n    time.sleep(0.02)', { folder: 'd1' });
    expect((await many.result).status).toBe('disk_full');
    await shell('rm -f f*', { folder: 'd1' }).result;
    const one = await script('f = open("big", "wb")\nwhile True:\n    f.write(bytes(10_000_000))', { folder: 'd2' });
    expect((await one.result).status).toBe('disk_full');
    await shell('rm -f big', { folder: 'd2' }).result;
  });

  it('tells the end of a job although the disk is full', async () => {
    // A file system of 3 MB: the job fills it, the spool lies on it.
    const small = await BridgeProcess.start({ tmpfsMb: 3 });
    try {
      const other = await small.client();
      const run = follow(other, { id: 'full', task: { kind: 'shell', command: 'dd if=/dev/zero of=big bs=64k 2>/dev/null; for i in 1 2 3 4 5 6 7 8 9; do head -c 60000 /dev/zero | tr "\\0" x; done; exit 9' } });
      expect(await run.result).toMatchObject({ status: 'failed', exitCode: 9 });
    } finally {
      await small.stop();
    }
  });

  it('holds a fork bomb', async () => {
    const run = shell('bomb() { bomb | bomb & }; bomb; sleep 983', { seconds: 20 });
    expect((await run.result).status).not.toBe('done');
    expect((await bridge.processes()).filter((line) => line.includes('bomb') || line.includes('983'))).toEqual([]);
  });

  it('bounds a flood of output and lines without end, and goes on', async () => {
    const run = await script('import sys\nfor _ in range(200):\n    sys.stdout.write("x" * 100_000)\nsys.stdout.flush()\nprint("\\nSCORE a 1")\nsys.exit(4)');
    expect(await run.result).toMatchObject({ status: 'failed', exitCode: 4 });
    expect(run.text().length).toBeLessThan(2_300_000);
    expect(run.text('stderr')).toContain('not kept');
    const memory = Number(/VmRSS:\s+(\d+)/.exec(await (await import('node:fs/promises')).readFile(`/proc/${bridge.process.pid}/status`, 'utf8'))?.[1]);
    expect(memory).toBeLessThan(150_000);
  });

  it('decodes what is no UTF-8 and keeps characters that were torn apart', async () => {
    const run = await script('import os, time\nos.write(1, b"\\xff\\xc3"); time.sleep(0.2); os.write(1, b"\\xa4 \\xf0\\x9f\\x8f\\x86\\n")');
    await run.result;
    expect(run.text()).toBe('\uFFFDä 🏆\n');
  });

  it('refuses what it cannot run', async () => {
    await expect(shell('true', { folder: '../etc' }).result).rejects.toThrow(/working folder/);
    await expect(follow(client, { id: '../x', task: { kind: 'shell', command: 'true' } }).result).rejects.toThrow(/job id/);
  });

  it('measures', async () => {
    await shell('head -c 3000000 /dev/urandom > blob; python3 -c "sum(range(10**7))"').result;
    await expect.poll(async () => (await client.stats()).workMb, { timeout: 20_000 }).toBeGreaterThan(2);
    expect((await client.stats()).cpuSeconds).toBeGreaterThan(0);
  });
});

it('ends a command where processes are asked of ps', async () => {
  const bridge = await BridgeProcess.start({ withoutProc: true });
  try {
    const told = follow(await bridge.client(), { id: 'hi', task: { kind: 'shell', command: 'echo hi' } });
    expect(await told.result).toMatchObject({ status: 'done' });
    expect(told.text()).toBe('hi\n');
  } finally {
    await bridge.stop();
  }
});

describe('connections', () => {
  it('shows a job again from where the connection broke, and runs it once', async () => {
    const bridge = await BridgeProcess.start();
    try {
      const client = await bridge.client(true);
      const run = follow(client, { id: 'j1', task: { kind: 'shell', command: 'echo run >> count; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo line $i; sleep 0.2; done' } });
      await expect.poll(() => run.text(), { timeout: 20_000 }).toContain('line 3');
      bridge.dropConnections();
      expect((await run.result).status).toBe('done');
      expect(run.text()).toBe(Array.from({ length: 12 }, (_, i) => `line ${i + 1}\n`).join(''));
      client.close();
      const other = await bridge.client();
      const again = follow(other, { id: 'j1', task: { kind: 'shell', command: 'echo run >> count' } });
      expect((await again.result).status).toBe('done');
      expect(again.text()).toBe(run.text());
      expect(await bridge.read('a1', 'count')).toBe('run\n');
      expect(await other.list()).toEqual([{ job: 'j1', running: false }]);
    } finally {
      await bridge.stop();
    }
  });

  it('serves several clients at once', async () => {
    const bridge = await BridgeProcess.start();
    try {
      const [one, two] = [await bridge.client(), await bridge.client()];
      const job = { id: 'j', task: { kind: 'shell' as const, command: 'sleep 0.5; echo both' } };
      const runs = [follow(one, job), follow(two, job)];
      for (const run of runs) expect((await run.result).status).toBe('done');
      expect(runs.map((run) => run.text())).toEqual(['both\n', 'both\n']);
    } finally {
      await bridge.stop();
    }
  });

  it('ends with its jobs when nobody is connected for the grace time', async () => {
    const bridge = await BridgeProcess.start({ grace: 1 });
    try {
      const client = await bridge.client();
      const run = follow(client, { id: 'j', task: { kind: 'shell', command: 'echo on; setsid sleep 982 & sleep 982' } });
      run.result.catch(() => undefined);
      await expect.poll(() => run.text()).toBe('on\n');
      await sleep(1500); // longer than the grace time: a connection holds it
      expect(bridge.process.exitCode).toBeNull();
      client.close();
      expect(await bridge.ended()).toBe(0);
      expect((await bridge.processes()).filter((line) => line.includes('982'))).toEqual([]);
    } finally {
      await bridge.stop();
    }
  });

  it('tells jobs of a bridge that was killed as lost, and never runs them again', async () => {
    const first = await BridgeProcess.start();
    const client = await first.client();
    const run = follow(client, { id: 'j', task: { kind: 'shell', command: 'echo once; sleep 981' } });
    const broken = run.result.catch((error: unknown) => error);
    await expect.poll(() => run.text()).toBe('once\n');
    first.process.kill('SIGKILL');
    expect(await broken).toMatchObject({ reason: 'connection_lost' });
    await first.ended();
    await writeFile(join(first.root, 'spool', 'torn.jsonl'), '{"job":"torn","seq":0,"at":0,"event":"output","stream":"stdout","text":"x"}\n{"job":"to');
    const second = await BridgeProcess.start({}, first.root);
    try {
      const other = await second.client();
      const again = follow(other, { id: 'j', task: { kind: 'shell', command: 'echo twice' } });
      expect(await again.result).toMatchObject({ status: 'lost' });
      expect(again.text()).toBe('once\n');
      expect((await follow(other, { id: 'torn', task: { kind: 'shell', command: 'true' } }).result).status).toBe('lost');
    } finally {
      await second.stop();
    }
  });

  it('answers what it does not understand and goes on', async () => {
    const bridge = await BridgeProcess.start();
    try {
      const socket = await bridge.socket();
      let text = '';
      socket.on('data', (data: Buffer) => (text += data.toString()));
      socket.write('nonsense\n{"id":1}\n{"id":2,"op":"explode"}\n{"id":3,"op":"start"}\n{"id":4,"op":"list"}\n');
      await expect.poll(() => text.trim().split('\n').length).toBe(5);
      expect(text.trim().split('\n').map((line) => (JSON.parse(line) as { ok: boolean }).ok)).toEqual([false, false, false, false, true]);
    } finally {
      await bridge.stop();
    }
  });

  it('shuts down when asked', async () => {
    const bridge = await BridgeProcess.start();
    const client = await bridge.client();
    const run = follow(client, { id: 'j', task: { kind: 'shell', command: 'sleep 980' } });
    run.result.catch(() => undefined);
    await expect.poll(async () => (await client.list()).length).toBe(1);
    await client.shutdown();
    expect(await bridge.ended()).toBe(0);
    expect((await bridge.processes()).filter((line) => line.includes('980'))).toEqual([]);
    await bridge.stop();
  });
});
