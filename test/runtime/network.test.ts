import Docker from 'dockerode';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { NetworkSwitch, Sandbox } from '../../src/core/runtime/runtime';
import { labels, namesOf } from '../../src/node/docker/containerOptions';
import { main, never, runJob, script } from './conformance';
import { bubblewrapForm, dockerForm, makeTestPlaces, plainForm, specOf, type TestPlaces } from './forms';

/** What the person's word for network access does to a sandbox that was started without one. */
const engine = inject('engine');
const client = (): Docker => new Docker({ socketPath: engine.dockerHost.replace('unix://', '') });
const quiet = (): void => undefined;

let places: TestPlaces;
beforeEach(async () => {
  places = await makeTestPlaces();
});
afterEach(() => places.remove());

let jobs = 0;
/** Prints the network interfaces; `ask` also what a server named "shop" answers. */
const look = `
print('interfaces', sorted(line.split(':')[0].strip() for line in open('/proc/net/dev').readlines()[2:]))
`;
const ask = `${look}
import urllib.request
try:
    print('answer', urllib.request.urlopen('http://shop:8000/', timeout=20).status)
except OSError as error:
    print('error', type(error).__name__)
`;
async function seen(sandbox: Sandbox, code = look): Promise<string> {
  jobs += 1;
  return (await runJob(sandbox, script(`look-${jobs}`), main(code))).stdout;
}
const switchOf = ({ network }: Sandbox): NetworkSwitch => {
  if (typeof network === 'string') throw new Error(`the network is ${network}`);
  return network;
};

describe.skipIf(dockerForm.missing !== undefined)('a container without network', () => {
  const networks = async (runId: string) => (await client().listNetworks({ filters: { label: [`${labels.run}=${runId}`] } })).map((one) => one.Name);

  it('reaches what is outside while its network is connected, and nothing before and after', async () => {
    const spec = specOf(places);
    const sandbox = await dockerForm.make(places).start(spec, quiet, never());
    const { network: name } = namesOf(spec.runId);
    const shop = await client().createContainer({ name: `${name}-shop`, Image: engine.image, Entrypoint: ['python3'], Cmd: ['-m', 'http.server', '8000'], HostConfig: { NetworkMode: 'none' } });
    try {
      await shop.start();
      expect(await seen(sandbox)).toContain("interfaces ['lo']");
      await switchOf(sandbox).connect();
      await switchOf(sandbox).connect();
      await client().getNetwork('none').disconnect({ Container: shop.id, Force: true });
      await client().getNetwork(name).connect({ Container: shop.id, EndpointConfig: { Aliases: ['shop'] } });
      const during = await seen(sandbox, ask);
      expect(during).toContain('eth0');
      expect(during).toContain('answer 200');
      await switchOf(sandbox).disconnect();
      await switchOf(sandbox).disconnect();
      const after = await seen(sandbox, ask);
      expect(after).toContain("interfaces ['lo']");
      expect(after).toContain('error');
    } finally {
      await shop.remove({ force: true });
      await sandbox.stop();
    }
    expect(await networks(spec.runId)).toEqual([]);
  });

  it('loses a network that a killed runner left behind, when it is attached to again', async () => {
    const spec = specOf(places);
    const runtime = dockerForm.make(places);
    const first = await runtime.start(spec, quiet, never());
    await switchOf(first).connect();
    await first.detach();
    const second = await runtime.find(spec);
    if (!second) throw new Error('the container is gone');
    try {
      expect(await seen(second)).toContain("interfaces ['lo']");
      expect(await networks(spec.runId)).toEqual([]);
      await switchOf(second).connect();
    } finally {
      await second.stop();
    }
    // Stopped with its network connected: that goes too.
    expect(await networks(spec.runId)).toEqual([]);
  });

  it('says that it is gone, not that its network stays', async () => {
    const spec = specOf(places);
    const sandbox = await dockerForm.make(places).start(spec, quiet, never());
    await switchOf(sandbox).connect();
    await client().getContainer(namesOf(spec.runId).container).remove({ force: true });
    await expect(switchOf(sandbox).connect()).rejects.toMatchObject({ reason: 'sandbox_lost' });
    await switchOf(sandbox).disconnect();
    await sandbox.stop();
    expect(await networks(spec.runId)).toEqual([]);
  });
});

describe('a local sandbox', () => {
  it.skipIf(bubblewrapForm.missing !== undefined)('without network says that it cannot be given one', async () => {
    const sandbox = await bubblewrapForm.make(places).start(specOf(places), quiet, never());
    try {
      expect(sandbox.network).toBe('closed');
      expect(await seen(sandbox)).toContain("interfaces ['lo']");
    } finally {
      await sandbox.stop();
    }
  });

  it('that nothing isolates has the machine\'s own', async () => {
    const sandbox = await plainForm.make(places).start(specOf(places), quiet, never());
    expect(sandbox.network).toBe('open');
    await sandbox.stop();
  });
});
