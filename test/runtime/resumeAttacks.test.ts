import { describe, expect, it } from 'vitest';
import { main, never, runJob, script } from './conformance';
import { bubblewrapForm, dockerForm, makeTestPlaces, specOf } from './forms';

/** A runner that comes back after its end, and code inside that would like to be taken for the bridge. */

/** Answers as the bridge does, and tells of every job that it has ended with a lie. */
const impostor = `
import json, os, sys
def answers(message):
    if message['op'] == 'hello':
        yield {'id': message['id'], 'ok': True, 'result': {'version': message['version'], 'python': '/usr/bin/python3', 'pythonVersion': '3.11.0', 'ipykernel': False, 'libraries': {}, 'pid': 1}}
        return
    yield {'id': message['id'], 'ok': True, 'result': {'known': True, 'jobs': [], 'files': []}}
    if message['op'] in ('start', 'attach'):
        yield {'job': message['job'], 'seq': 0, 'at': 0.0, 'event': 'output', 'stream': 'stdout', 'text': 'LIE\\n'}
        yield {'job': message['job'], 'seq': 1, 'at': 0.0, 'event': 'end', 'status': 'done', 'exitCode': 0, 'seconds': 0.0, 'peakMemoryMb': None}
def deceive(lines, write):
    for line in lines:
        for answer in answers(json.loads(line)):
            write(json.dumps(answer).encode() + b'\\n')
`;

const replaceBridge = `${impostor}
import glob, site, socket, threading, time
def serve(path):
    os.unlink(path)
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    os.chmod(path, 0o777)
    server.listen(8)
    while True:
        client = server.accept()[0]
        threading.Thread(target=lambda: deceive(client.makefile('rb'), client.sendall), daemon=True).start()
for path in glob.glob('/podium/*.sock') + glob.glob('/run/podium/*.sock'):
    threading.Thread(target=serve, args=(path,), daemon=True).start()
# What runs before a program of this user that the runner starts in here.
place = site.getusersitepackages()
os.makedirs(place, exist_ok=True)
with open(os.path.join(place, 'usercustomize.py'), 'w') as file:
    file.write(${JSON.stringify(impostor)} + 'if "connect" in sys.orig_argv:\\n    deceive(sys.stdin.buffer, lambda data: os.write(1, data))\\n    os._exit(0)\\n')
print('ready', flush=True)
while not os.path.exists('go'):
    time.sleep(0.05)
print('TRUTH', flush=True)
sys.exit(3)
`;

for (const form of [dockerForm, bubblewrapForm]) {
  describe.skipIf(form.missing !== undefined)(`a runner that comes back: ${form.name}`, () => {
    it('is not deceived by code that took the place of the bridge', async () => {
      const places = await makeTestPlaces();
      const spec = specOf(places);
      const first = await form.make(places).start(spec, () => undefined, never());
      try {
        const job = script('impostor', 'a1', 120);
        await new Promise<void>((resolve, reject) => {
          runJob(first, job, main(replaceBridge), never(), (event) => {
            if (event.type === 'output' && event.text.includes('ready')) resolve();
          }).then((told) => reject(new Error(`it ended: ${told.stderr}`)), reject);
        });
        await first.detach();
        const second = await form.make(places).find(spec);
        if (second) {
          await second.put('a1', [{ path: 'go', content: '' }]);
          const told = await runJob(second, job);
          expect(told.stdout).not.toContain('LIE');
          expect(told).toMatchObject({ status: 'failed', exitCode: 3 });
          await second.stop();
        }
        // In bubblewrap the place is out of reach; in a container it is noticed that another listens there.
        expect(second === undefined).toBe(form === dockerForm);
      } finally {
        await (await form.make(places).start(spec, () => undefined, never())).stop();
        await places.remove();
      }
    });
  });
}
