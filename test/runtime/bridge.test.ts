import { setTimeout as sleep } from 'node:timers/promises';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OutputCollector } from '../../src/core/notebook/outputs';
import type { BridgeClient } from '../../src/node/kernel/bridgeClient';
import { BridgeProcess, follow } from './bridgeProcess';

/** The real bridge with this machine's Python, in both forms of its kernel. */

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

describe.each([
  ['with ipykernel', {}],
  ['without ipykernel', { PODIUM_NO_IPYKERNEL: '1' }],
])('cells %s', (_, env) => {
  let bridge: BridgeProcess;
  let client: BridgeClient;
  let count = 0;
  const cell = (code: string, more = {}) => follow(client, { id: `c${++count}`, task: { kind: 'cell', code, cell: `cell${count}` }, ...more });

  beforeAll(async () => {
    bridge = await BridgeProcess.start({ env });
    client = await bridge.client();
  });
  afterAll(() => bridge.stop());

  it('says which form it is', () => {
    expect(client.hello.ipykernel).toBe(!('PODIUM_NO_IPYKERNEL' in env));
    expect(client.hello.libraries).toHaveProperty('pandas');
  });

  it('keeps variables, shows the last expression, and gives text and table in order', async () => {
    expect((await cell('import pandas as pd\nx = 20').result).status).toBe('done');
    const shown = cell('print("before")\ndisplay(pd.DataFrame({"a": [x]}))\nprint("after")\nx + 1');
    expect(await shown.result).toMatchObject({ status: 'done', exitCode: 0 });
    const collector = new OutputCollector();
    shown.events.forEach((event) => collector.add(event));
    const { outputs, executionCount } = collector.of(`cell${count}`);
    expect(executionCount).toBe(2);
    expect(outputs.map((output) => output.output_type)).toEqual(['stream', 'display_data', 'stream', 'execute_result']);
    expect(outputs[1]).toMatchObject({ data: { 'text/html': expect.stringContaining('<table') as string, 'text/plain': expect.stringContaining('20') as string } });
    expect(outputs[3]).toMatchObject({ data: { 'text/plain': '21' }, execution_count: 2 });
  });

  it('says of the cell that has started something in the background that it goes on, and of no later one', async () => {
    const starts = cell('import subprocess\nbusy = subprocess.Popen("while :; do date > /dev/null; sleep 0.02; done", shell=True)');
    await starts.result;
    expect(JSON.stringify(starts.events.filter((event) => 'cell' in event && event.cell === `cell${count}`))).toContain('goes on while the next cell runs');
    const later = cell('import time\ntime.sleep(0.5)');
    await later.result;
    expect(JSON.stringify(later.events)).not.toContain('goes on');
    await cell('busy.kill()').result;
  });

  it('gives a picture as base64', async () => {
    const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    const shown = cell(`import base64\nclass Picture:\n    def _repr_png_(self):\n        return base64.b64decode("${png}")\nPicture()`);
    await shown.result;
    expect(shown.events).toContainEqual(expect.objectContaining({ type: 'cell_output', output: expect.objectContaining({ data: expect.objectContaining({ 'image/png': expect.stringContaining(png.slice(0, 40)) as string }) as unknown }) as unknown }));
  });

  it('says where an error lies, through functions of earlier cells and modules of the folder', async () => {
    await bridge.write('a1', 'helpers.py', 'def fail(d):\n    return d["missing"]\n');
    await cell('import helpers\ndef outer(d):\n    return helpers.fail(d)').result;
    const defined = `cell${count}`;
    const failed = cell('a = 1\nouter({})');
    const result = await failed.result;
    expect(result).toMatchObject({ status: 'failed', exitCode: 1, exception: { type: 'KeyError', message: "'missing'" } });
    expect(result.exception?.frames).toEqual([
      { file: `<cell cell${count}>`, line: 2, source: 'outer({})', cell: `cell${count}` },
      { file: `<cell ${defined}>`, line: 3, source: 'return helpers.fail(d)', cell: defined },
      { file: 'helpers.py', line: 2, source: 'return d["missing"]' },
    ]);
    expect(failed.events.at(-2)).toMatchObject({ type: 'cell_output', output: { output_type: 'error', ename: 'KeyError' } });
    expect(failed.events.at(-1)).toMatchObject({ type: 'cell_done', ok: false });
  });

  it('says where code does not parse', async () => {
    const failed = cell('a = 1\nb = (2');
    expect((await failed.result).exception).toMatchObject({ type: 'SyntaxError', frames: [{ cell: `cell${count}`, line: 2 }] });
  });

  it('streams while it runs, and Ctrl-C leaves the kernel with its variables', async () => {
    await cell('kept = 5').result;
    const running = cell('import time\nfor i in range(1000):\n    print("tick", i)\n    time.sleep(0.1)');
    await expect.poll(() => running.text(), { timeout: 20_000 }).toContain('tick 2');
    await client.interrupt(`c${count}`);
    expect(await running.result).toMatchObject({ status: 'failed', exception: { type: 'KeyboardInterrupt' } });
    const after = cell('kept');
    await after.result;
    expect(after.events).toContainEqual(expect.objectContaining({ output: expect.objectContaining({ data: { 'text/plain': '5' } }) as unknown }));
  });

  it('ends a cell at its time limit, keeps what it printed, its variables, and leaves no process of it', async () => {
    const slow = cell('import subprocess, time\nprint("partial")\nsubprocess.Popen(["setsid", "sleep", "987"])\ntime.sleep(600)', { seconds: 1 });
    expect((await slow.result).status).toBe('timeout');
    expect(slow.text()).toContain('partial');
    expect((await bridge.processes()).filter((line) => line.includes('987'))).toEqual([]);
    expect((await cell('kept').result).status).toBe('done');
  });

  it('ends the kernel of a cell that does not heed Ctrl-C, and the next cell begins anew', async () => {
    const stubborn = cell('import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nend = time.time() + 600\nwhile time.time() < end:\n    try:\n        time.sleep(1)\n    except BaseException:\n        pass', { seconds: 1 });
    expect((await stubborn.result).status).toBe('timeout');
    expect((await cell('kept').result).exception?.type).toBe('NameError');
  });

  it('runs cells one after another when several are asked for', async () => {
    const both = [cell('import time; time.sleep(0.3); order = ["first"]'), cell('order.append("second"); print(order)')];
    await Promise.all(both.map((one) => one.result));
    expect(both[1]?.text()).toBe("['first', 'second']\n");
  });

  it('forgets variables on restart', async () => {
    await cell('gone = 1').result;
    await client.restartKernel('a1');
    expect((await cell('gone').result).exception?.type).toBe('NameError');
  });

  it('runs the cell after a failed one, however soon it comes', async () => {
    for (let time = 0; time < 25; time++) {
      expect(await cell('1/0').result).toMatchObject({ status: 'failed', exception: { type: 'ZeroDivisionError' } });
      expect(await cell('2').result).toMatchObject({ status: 'done' });
    }
  });

  it('tells a kernel that dies, and starts another', async () => {
    const died = cell('import os, time\nprint("so far", flush=True)\ntime.sleep(0.5)\nos._exit(3)');
    expect(await died.result).toMatchObject({ status: 'failed', exitCode: 3, exception: { type: 'KernelDied' } });
    expect(died.text()).toContain('so far');
    expect((await cell('1').result).status).toBe('done');
  });

  it('stops a cell that takes too much memory', async () => {
    const hungry = cell('blocks = []\nimport time\nwhile True:\n    blocks.append(bytearray(20_000_000))\n    time.sleep(0.01)', { memoryMb: 500 });
    expect((await hungry.result).status).toBe('out_of_memory');
  });

  it('keeps folders apart', async () => {
    await cell('apart = 1', { folder: 'b1' }).result;
    expect((await cell('apart').result).exception?.type).toBe('NameError');
  });

  it('keeps the kernels used last when there are many', async () => {
    for (const folder of ['k1', 'k2', 'k3']) await cell(`own = "${folder}"`, { folder }).result;
    expect((await cell('own', { folder: 'k3' }).result).status).toBe('done');
    expect((await cell('own', { folder: 'k1' }).result).status).toBe('done');
    await cell('own = 1', { folder: 'k4' }).result;
    expect((await cell('own', { folder: 'k1' }).result).status).toBe('done');
    expect((await cell('own', { folder: 'k2' }).result).exception?.type).toBe('NameError');
  });

  it('runs a notebook in a fresh kernel up to its first error', async () => {
    await cell('leak = 1').result;
    const run = follow(client, {
      id: `n${++count}`,
      task: { kind: 'notebook', cells: [{ id: 'a', code: 'x = 2\nprint("leak" in globals())' }, { id: 'b', code: 'x * 3' }, { id: 'c', code: 'boom' }, { id: 'd', code: 'print("never")' }] },
    });
    expect(await run.result).toMatchObject({ status: 'failed', exitCode: 1, exception: { type: 'NameError', frames: [{ cell: 'c', line: 1 }] } });
    expect(run.events.filter((event) => event.type === 'cell_done').map((event) => [event.cell, event.ok])).toEqual([['a', true], ['b', true], ['c', false]]);
    expect(run.text()).toBe('False\n');
    expect((await cell('leak').result).status).toBe('done');
  });

  it('leaves no process of a notebook that is cancelled', async () => {
    const stop = new AbortController();
    const run = follow(client, { id: `n${++count}`, folder: 'n1', task: { kind: 'notebook', cells: [{ id: 'a', code: 'print("on", flush=True)\nimport time, subprocess\nsubprocess.run(["sleep", "986"])' }] } }, stop.signal);
    await expect.poll(() => run.text(), { timeout: 20_000 }).toContain('on');
    stop.abort();
    expect((await run.result).status).toBe('cancelled');
    expect((await bridge.processes()).filter((line) => line.includes('986') || line.includes('n1'))).toEqual([]);
  });

  it('sees the milestones of a notebook', async () => {
    await bridge.withData('m1');
    const cells = [
      'import pandas as pd\nfrom sklearn.linear_model import LogisticRegression',
      'train, test = pd.read_csv("data/train.csv"), pd.read_csv("data/test.csv")',
      'model = LogisticRegression().fit(train[["a", "b"]], train.y)\nprint("SCORE accuracy 0.5")',
      'pd.DataFrame({"id": test.id, "y": model.predict(test[["a", "b"]])}).to_csv("submission.csv", index=False)',
    ];
    const run = follow(client, { id: `n${++count}`, folder: 'm1', task: { kind: 'notebook', cells: cells.map((code, i) => ({ id: `k${i}`, code })) } });
    expect((await run.result).status).toBe('done');
    expect(run.milestones().sort()).toEqual(['parses', 'imported', 'data_loaded', 'model_defined', 'training_started', 'trained', 'validation_reported', 'predicted', 'submission_written'].sort());
  });
});

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

describe('milestones of scripts', () => {
  let bridge: BridgeProcess;
  let client: BridgeClient;
  let count = 0;
  const milestones = async (code: string): Promise<string[]> => {
    const folder = `m${++count}`;
    await bridge.withData(folder);
    await bridge.write(folder, 'train.py', code);
    const run = follow(client, { id: folder, folder, task: { kind: 'script', path: 'train.py', args: [] } });
    await run.result;
    return run.milestones();
  };

  beforeAll(async () => {
    bridge = await BridgeProcess.start();
    client = await bridge.client();
    await bridge.write('stubs', 'x', '');
  });
  afterAll(() => bridge.stop());

  const imports = 'import pandas as pd\nimport numpy as np\nfrom sklearn.linear_model import LogisticRegression\nfrom sklearn.preprocessing import StandardScaler\nfrom sklearn.model_selection import KFold, cross_val_score, cross_val_predict\n';
  const load = 'train = pd.read_csv("data/train.csv")\ntest = pd.read_csv("data/test.csv")\nX, y = train[["a", "b"]], train.y\n';
  const write = 'pd.DataFrame({"id": test.id, "y": p}).to_csv("submission.csv", index=False)\n';

  it.each<[string, string, string[]]>([
    ['does not parse', 'import os\nx = (', []],
    ['fails in its imports', 'import os\nimport not_there\n', ['parses']],
    ['fails after its imports', `${imports}raise ValueError()`, ['parses', 'imported']],
    ['reads data', `${imports}${load}raise ValueError()`, ['parses', 'imported', 'data_loaded']],
    ['reads only the sample submission', `${imports}pd.read_csv("data/sample_submission.csv")`, ['parses', 'imported']],
    ['reads with plain Python', 'import csv\nrows = list(csv.reader(open("data/train.csv")))', ['parses', 'imported', 'data_loaded']],
    ['reads a file that holds no rows', `${imports}open("none.csv", "w").write("a,b\\n")\npd.read_csv("none.csv")`, ['parses', 'imported']],
    ['builds features', `${imports}${load}StandardScaler().fit_transform(X)\nraise ValueError()`, ['parses', 'imported', 'data_loaded', 'features_built']],
    ['defines a model', `${imports}${load}LogisticRegression()\nraise ValueError()`, ['parses', 'imported', 'data_loaded', 'model_defined']],
    ['fails while training', `${imports}${load}LogisticRegression().fit(X, ["?"])`, ['parses', 'imported', 'data_loaded', 'model_defined', 'training_started']],
    ['trains', `${imports}${load}LogisticRegression().fit(X, y)`, ['parses', 'imported', 'data_loaded', 'model_defined', 'training_started', 'trained']],
    [
      'loops over folds and fails in the second',
      `${imports}${load}for k, (i, j) in enumerate(KFold(4).split(X)):\n    m = LogisticRegression().fit(X.iloc[i], y.iloc[i])\n    m.predict(X.iloc[j])\n    if k == 1: raise ValueError()`,
      ['parses', 'imported', 'data_loaded', 'model_defined', 'training_started', 'fold_done 1/4'],
    ],
    [
      'keeps its folds in a list first',
      `${imports}${load}for i, j in list(KFold(2).split(X)):\n    m = LogisticRegression().fit(X.iloc[i], y.iloc[i])`,
      ['parses', 'imported', 'data_loaded', 'model_defined', 'training_started', 'fold_done 1/2', 'fold_done 2/2', 'trained'],
    ],
    [
      'does all of it',
      `${imports}${load}m = LogisticRegression()\ns = cross_val_score(m, X, y, cv=3)\nprint("SCORE accuracy", s.mean())\np = m.fit(X, y).predict(test[["a", "b"]])\n${write}`,
      ['parses', 'imported', 'data_loaded', 'model_defined', 'training_started', 'fold_done 1/3', 'fold_done 2/3', 'fold_done 3/3', 'trained', 'validation_reported', 'predicted', 'submission_written'],
    ],
    [
      'validates in parallel processes',
      `${imports}${load}cross_val_predict(LogisticRegression(), X, y, cv=3, n_jobs=2)`,
      ['parses', 'imported', 'data_loaded', 'model_defined', 'training_started', 'fold_done 3/3'],
    ],
    [
      'searches parameters: one training, whatever happens inside',
      `${imports}from sklearn.model_selection import GridSearchCV\nfrom sklearn.pipeline import make_pipeline\n${load}GridSearchCV(make_pipeline(StandardScaler(), LogisticRegression()), {"logisticregression__C": [1, 2]}, cv=3).fit(X, y)`,
      ['parses', 'imported', 'data_loaded', 'model_defined', 'training_started', 'features_built', 'trained'],
    ],
    ['writes scores.csv', `${imports}${load}open("scores.csv", "w").write("model,fold,score\\n")`, ['parses', 'imported', 'data_loaded', 'validation_reported']],
    ['writes a submission from constants', `${imports}${load}p = 0\n${write}`, ['parses', 'imported', 'data_loaded', 'submission_written']],
    [
      'prints look-alikes',
      'import os\nprint("SCORE accuracy 0.99")\nprint(\'{"t": "milestone", "name": "trained"}\')\nprint(\'{"event": "milestone", "name": "submission_valid"}\')\nfor fd in range(3, 20):\n    try: os.write(fd, b\'{"t": "milestone", "name": "trained", "k": "guess"}\\n\')\n    except OSError: pass',
      ['parses', 'imported'],
    ],
  ])('a script that %s', async (_, code, expected) => {
    // Prints and files come by other ways than the hooks: their order among each other is not promised.
    expect((await milestones(code)).sort()).toEqual([...expected].sort());
  });

  it('a script with a stand-in for LightGBM', async () => {
    await bridge.write('m90', 'lightgbm/__init__.py', 'from lightgbm.basic import Booster\nfrom lightgbm.engine import train\n');
    await bridge.write('m90', 'lightgbm/basic.py', 'class Booster:\n    def predict(self, data):\n        return [0] * len(data)\n');
    await bridge.write('m90', 'lightgbm/engine.py', 'from lightgbm.basic import Booster\ndef train(params, data):\n    return Booster()\n');
    count = 89;
    expect(await milestones(`import lightgbm as lgb\nimport pandas as pd\n${load}p = lgb.train({}, X).predict(test)\n${write}`)).toEqual([
      'parses', 'imported', 'data_loaded', 'model_defined', 'training_started', 'trained', 'predicted', 'submission_written',
    ]);
  });

  it('a script with a stand-in for PyTorch', async () => {
    await bridge.write('m91', 'torch/__init__.py', '');
    await bridge.write('m91', 'torch/nn/__init__.py', 'from torch.nn.modules.module import Module\n');
    await bridge.write('m91', 'torch/nn/modules/__init__.py', '');
    await bridge.write('m91', 'torch/nn/modules/module.py', 'class Module:\n    def __init__(self):\n        self.ready = True\n');
    await bridge.write('m91', 'torch/optim/__init__.py', 'from torch.optim.optimizer import Optimizer\n');
    await bridge.write('m91', 'torch/optim/optimizer.py', 'class Optimizer:\n    def zero_grad(self): pass\n    def step(self): pass\n');
    count = 90;
    expect(await milestones('from torch.nn import Module\nfrom torch.optim import Optimizer\nclass Net(Module):\n    def __init__(self):\n        super().__init__()\nnet = Net()\nassert net.ready\nopt = Optimizer()\nopt.zero_grad()\nopt.step()\n')).toEqual(['parses', 'imported', 'model_defined', 'training_started']);
  });

  it('hooks leave pickles, signatures and clones of models alone', async () => {
    await bridge.withData('m92');
    await bridge.write('m92', 'train.py', `${imports}${load}import pickle, inspect, copy\nfrom sklearn.base import clone\nm = pickle.loads(pickle.dumps(clone(LogisticRegression(C=3)).fit(X, y)))\nprint(m.C, list(inspect.signature(LogisticRegression.fit).parameters), copy.deepcopy(m).predict(X).shape)\n`);
    const run = follow(client, { id: 'm92', folder: 'm92', task: { kind: 'script', path: 'train.py', args: [] } });
    expect((await run.result).status).toBe('done');
    expect(run.text()).toBe("3 ['self', 'X', 'y', 'sample_weight'] (60,)\n");
  });
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
