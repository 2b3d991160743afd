import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OutputCollector } from '../../src/core/notebook/outputs';
import type { BridgeClient } from '../../src/node/kernel/bridgeClient';
import { BridgeProcess, follow } from './bridgeProcess';

/** Cells in the real bridge with this machine's Python, in both forms of its kernel. */

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
