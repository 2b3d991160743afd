import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = resolve(__dirname, '../..');
const python = process.env.PODIUM_TEST_PYTHON ?? '/usr/bin/python3';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podium-gym-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs Python code with the client importable; returns what it printed as JSON. */
async function play(code: string): Promise<unknown> {
  const { stdout } = await run(python, ['-c', code], {
    cwd: folder,
    env: { ...process.env, PYTHONPATH: join(root, 'media/python'), PYTHONDONTWRITEBYTECODE: '1', PODIUM_HOME: join(folder, 'home') },
    maxBuffer: 1 << 24,
  });
  return JSON.parse(stdout) as unknown;
}

/** A server that says what it was asked, and fails where a test wants it to. */
const echo = `
import json, sys
for line in sys.stdin:
    r = json.loads(line)
    name = r.get("action", {}).get("name")
    if name == "die":
        sys.exit(3)
    if name == "refuse":
        a = {"error": {"code": "finished", "message": "over"}}
    elif r["op"] == "reset":
        a = {"observation": {"asked": r}, "info": {"runId": "r", "actions": {"history": {"parameters": {"type": "object", "properties": {"last": {"type": "integer", "minimum": 1}}}}}}}
    elif r["op"] == "close":
        a = {"observation": None, "info": {}}
    else:
        a = {"observation": {"status": "error" if name == "run_script" else "ok", "asked": r["action"]}, "reward": 0.5, "terminated": False, "truncated": False, "info": {}}
    print(json.dumps(dict(a, id=r["id"])), flush=True)
`;
const begin = `
import json, sys
from podium_gym import PodiumEnv, PodiumServerError, FiveActions
env = PodiumEnv("penguins", [sys.executable, "echo.py"], ["--runtime", "local"])
`;

describe('the client', () => {
  beforeAll(() => writeFile(join(folder, 'echo.py'), echo));

  it('has the shape of gymnasium', async () => {
    const answer = await play(`${begin}
observation, info = env.reset(seed=4, options={"max_attempts": 2})
step = env.step({"name": "history", "params": {"last": 3}})
sample = env.action_space.sample()
print(json.dumps([observation["asked"], info["runId"], step, sample["name"], sample in env.action_space, observation in env.observation_space]))
env.close(); env.close()`);
    expect(answer).toEqual([
      { id: 1, op: 'reset', options: { max_attempts: 2, competition: 'penguins' }, seed: 4 },
      'r',
      [{ status: 'ok', asked: { name: 'history', params: { last: 3 } } }, 0.5, false, false, {}],
      'history', true, true,
    ]);
  });

  it('draws the same actions for the same seed', async () => {
    const answer = (await play(`${begin}
drawn = []
for _ in range(2):
    env.reset(seed=1)
    drawn.append([env.action_space.sample() for _ in range(10)])
env.close()
print(json.dumps(drawn))`)) as unknown[];
    expect(answer[0]).toEqual(answer[1]);
  });

  it('raises what the server refuses, and when it is gone', async () => {
    const answer = await play(`${begin}
codes = []
def attempt(call):
    try: call()
    except PodiumServerError as error: codes.append(error.code)
attempt(lambda: env.step({"name": "history"}))
env.reset()
attempt(lambda: env.step({"name": "refuse"}))
attempt(lambda: env.step({"name": "die"}))
attempt(lambda: env.step({"name": "history"}))
env.close()
print(json.dumps(codes))`);
    expect(answer).toEqual(['not_reset', 'finished', 'ended', 'not_reset']);
  });

  it('maps the five actions of MLE-Dojo', async () => {
    const answer = await play(`${begin}
env.reset()
five = FiveActions(env)
results = [five.request_info(), five.request_info("test.csv"), five.validate_code("x"), five.execute_code("y"), five.get_history(), five.reset()]
env.close()
print(json.dumps([[r[0]["asked"]["name"], r[0]["asked"]["params"], r[1]] for r in results]))`);
    expect(answer).toEqual([
      ['competition_info', {}, 0.5],
      ['data_preview', { path: 'data/test.csv' }, 0.5],
      ['run_script', { path: 'train.py' }, 1],
      ['submit', { entry: 'train.py' }, 1],
      ['history', { last: 20 }, 0.5],
      ['reset', {}, 0.5],
    ]);
  });
});

describe('the client and the real server', () => {
  const server = `env = PodiumEnv("penguins", ["node", ${JSON.stringify(join(root, 'dist/cli.js'))}], ["--runtime", "local", "--allow-unisolated", "--workspace", "runs"])`;

  beforeAll(async () => {
    if (!existsSync(join(root, 'dist/cli.js'))) await run(process.execPath, ['esbuild.mjs'], { cwd: root });
  });

  it('a random player gets an observation for whatever it does', async () => {
    const answer = await play(`${begin}
${server}
names = None
statuses = []
with env:
    env.reset(seed=0)
    names = [name for name in env.action_space.actions if name not in ("finish", "shell")]
    for _ in range(40):
        observation, reward, terminated, truncated, info = env.step(env.action_space.sample(names))
        assert observation in env.observation_space and isinstance(reward, float)
        statuses.append(observation["status"])
        if terminated or truncated: break
print(json.dumps(statuses))`);
    expect(answer).toHaveLength(40);
    expect(new Set(answer as string[])).toContain('ok');
    expect(new Set(answer as string[])).toContain('error');
  });

  it('code that writes a submission is graded, code that fails says where', async () => {
    const good = 'import pandas as pd\\npd.read_csv("data/sample_submission.csv").to_csv("submission.csv", index=False)';
    const answer = await play(`${begin}
${server}
with env:
    env.reset(seed=0)
    five = FiveActions(env)
    bad = five.execute_code("import os\\nboom")
    good = five.execute_code('${good}')
    unknown = env.step({"name": "explode"})
    last = env.step({"name": "finish"})
print(json.dumps([bad[0]["error"], bad[1], good[0]["grade"]["valid"], good[1] > 0, unknown[0]["status"], last[2]]))`);
    expect(answer).toEqual([
      expect.objectContaining({ type: 'NameError', place: expect.objectContaining({ file: 'train.py', line: 2 }) as unknown }),
      0,
      true,
      true,
      'error',
      true,
    ]);
  });
});
