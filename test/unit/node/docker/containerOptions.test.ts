import { describe, expect, it } from 'vitest';
import type { SandboxSpec } from '../../../../src/core/runtime/runtime';
import { explainStart } from '../../../../src/node/docker/dockerRuntime';
import { namesOf, sandboxOptions } from '../../../../src/node/docker/containerOptions';

const spec: SandboxSpec = {
  runId: 'r 1/x',
  dataFolder: '/somewhere',
  image: 'cpu',
  gpu: 'none',
  memoryGb: 2,
  cpus: 1.5,
  shmMb: 64,
  diskMb: 300,
  pids: 99,
  network: 'none',
  graceSeconds: 600,
  allowUnisolated: false,
};

describe('what is asked of the engine', () => {
  it('takes away all that is not needed, and bounds the rest', () => {
    const { HostConfig: host, ...options } = sandboxOptions(spec, 'sha256:1', ['/proc/kcore', '/var/lib/dpkg']);
    expect(options).toMatchObject({ User: '10001:10001', Labels: { 'podium.run': 'r 1/x', 'podium.role': 'sandbox' } });
    expect(host).toMatchObject({
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Privileged: false,
      ReadonlyRootfs: true,
      Memory: 2 * 1024 ** 3,
      MemorySwap: 2 * 1024 ** 3,
      NanoCpus: 1.5e9,
      PidsLimit: 99,
      ShmSize: 64 * 1024 ** 2,
      MaskedPaths: ['/proc/kcore', '/var/lib/dpkg'],
    });
    expect(host?.Binds?.every((bind) => bind.startsWith('podium-r-1-x-'))).toBe(true);
    expect(host?.Binds).toContainEqual(expect.stringMatching(/:\/data:ro,/));
    expect(host?.DeviceRequests).toBeUndefined();
    expect(JSON.stringify(options)).not.toContain('/somewhere');
  });

  it('asks for GPUs only when it is given some', () => {
    const requests = [{ Driver: '', Capabilities: [['gpu']], Count: -1 }];
    expect(sandboxOptions(spec, 'sha256:1', [], requests).HostConfig?.DeviceRequests).toEqual(requests);
  });

  it('names objects in a way that every engine takes', () => {
    const { container, helper, volumes } = namesOf('r 1/x');
    for (const name of [container, helper, ...Object.values(volumes)]) expect(name).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/);
  });

  it('says what a refusal means', () => {
    const image = { reference: 'some:1', id: 'sha256:1' };
    expect(explainStart(new Error('could not select device driver "" with capabilities: [[gpu]]'), image)).toMatchObject({ reason: 'no_gpu' });
    expect(explainStart(new Error('exec: "python3": executable file not found in $PATH'), image)).toMatchObject({ reason: 'no_python', message: expect.stringContaining('some:1') });
    expect(explainStart(new Error('no space left on device'), image)).toMatchObject({ reason: 'start_failed', message: expect.stringContaining('no space left') });
  });
});
