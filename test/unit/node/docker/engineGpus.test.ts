import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cdiDevices, deviceRequests, engineInfoSchema, explainGpuRefusal, gpuWay } from '../../../../src/node/docker/engineGpus';

const infoOf = (more: object) => engineInfoSchema.parse({ ServerVersion: '28.3.0', Driver: 'overlay2', Runtimes: { runc: { path: 'runc' } }, ...more });
const devices = (...names: string[]) => names.map((ID) => ({ Source: 'cdi', ID }));

describe('how an engine hands out GPUs', () => {
  it('is read from what it says about itself, whatever its version', async () => {
    expect(await gpuWay(infoOf({ Runtimes: { runc: {}, nvidia: { path: 'nvidia-container-runtime' } } }))).toEqual({ kind: 'runtime' });
    expect(await gpuWay(infoOf({ DiscoveredDevices: devices('nvidia.com/gpu=0', 'nvidia.com/gpu=all', 'vendor.com/net=eth1') }))).toEqual({ kind: 'cdi', devices: ['nvidia.com/gpu=0', 'nvidia.com/gpu=all'] });
    expect(await gpuWay(infoOf({ DiscoveredDevices: devices('vendor.com/net=eth1') }))).toEqual({ kind: 'hook' });
    expect(await gpuWay(infoOf({ Runtimes: null, CDISpecDirs: 'odd', DiscoveredDevices: 7 }))).toEqual({ kind: 'hook' });
  });

  it('is read from the CDI files where the engine names their folder only', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'podium-cdi-'));
    try {
      await writeFile(join(folder, 'nvidia.yaml'), 'cdiVersion: 0.5.0\nkind: nvidia.com/gpu\ndevices:\n  - name: "0"\n    containerEdits: {}\n  - name: all\n    containerEdits: {}\n');
      await writeFile(join(folder, 'other.json'), '{"cdiVersion":"0.5.0","kind":"vendor.com/net","devices":[{"name":"eth1"}]}');
      await writeFile(join(folder, 'broken.json'), '{');
      const info = infoOf({ CDISpecDirs: [folder, join(folder, 'none')] });
      expect(await gpuWay(info, cdiDevices)).toEqual({ kind: 'cdi', devices: ['nvidia.com/gpu=0', 'nvidia.com/gpu=all'] });
      expect(await gpuWay(info)).toEqual({ kind: 'hook' });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('the request for GPUs', () => {
  const cdi = { kind: 'cdi', devices: ['nvidia.com/gpu=0', 'nvidia.com/gpu=1', 'nvidia.com/gpu=all'] } as const;
  const cards = [{ index: '1', uuid: 'GPU-b', name: '', load: null, memoryMb: null, memoryLimitMb: null }];

  it('has the form of `docker run --gpus`', () => {
    expect(deviceRequests('none', { kind: 'runtime' })).toBeUndefined();
    expect(deviceRequests('all', { kind: 'hook' })).toEqual([{ Driver: '', Capabilities: [['gpu']], Count: -1 }]);
    expect(deviceRequests(['GPU-a', 'GPU-b'], { kind: 'runtime' })).toEqual([{ Driver: '', Capabilities: [['gpu']], DeviceIDs: ['GPU-a', 'GPU-b'] }]);
  });

  it('has the form of `docker run --device nvidia.com/gpu=…` where the engine has CDI devices', () => {
    expect(deviceRequests('all', cdi)).toEqual([{ Driver: 'cdi', DeviceIDs: ['nvidia.com/gpu=all'] }]);
    expect(deviceRequests('all', { kind: 'cdi', devices: ['nvidia.com/gpu=0'] })).toEqual([{ Driver: 'cdi', DeviceIDs: ['nvidia.com/gpu=0'] }]);
    expect(deviceRequests(['GPU-b'], cdi, cards)).toEqual([{ Driver: 'cdi', DeviceIDs: ['nvidia.com/gpu=1'] }]);
    expect(deviceRequests(['nvidia.com/gpu=0', '1', 'GPU-x'], cdi, cards)?.[0]?.DeviceIDs).toEqual(['nvidia.com/gpu=0', 'nvidia.com/gpu=1', 'nvidia.com/gpu=GPU-x']);
    expect(deviceRequests('none', cdi)).toBeUndefined();
  });
});

describe('a refusal', () => {
  const runc = 'OCI runtime create failed: runc create failed: unable to start container process: error during container init: error running prestart hook #0: exit status 1, stdout: , stderr: ';
  it.each([
    ['could not select device driver "" with capabilities: [[gpu]]', 'toolkit is missing', 'snap'],
    ['could not select device driver "nvidia" with capabilities: [[gpu]]', 'toolkit is missing', 'snap'],
    ['unknown or invalid runtime name: nvidia', 'toolkit is missing', 'snap'],
    ['could not select device driver "cdi" with capabilities: []', 'switched off', 'features'],
    ['CDI device injection failed: unresolvable CDI devices nvidia.com/gpu=all', 'out of date', 'nvidia-ctk cdi generate'],
    [`${runc}Auto-detected mode as 'legacy'\nnvidia-container-cli: initialization error: nvml error: driver/library version mismatch: unknown`, 'not loaded again', 'Restart'],
    [`${runc}nvidia-container-cli: initialization error: load library failed: libnvidia-ml.so.1: cannot open shared object file: no such file or directory: unknown`, 'driver does not work', 'driver'],
    [`${runc}nvidia-container-cli: initialization error: nvml error: driver not loaded: unknown`, 'driver does not work', 'driver'],
    [`${runc}nvidia-container-cli: mount error: failed to add device rules`, 'toolkit does not work', 'toolkit'],
  ])('%s', (text, why, step) => {
    const error = explainGpuRefusal(text, undefined);
    expect(error?.reason).toBe('no_gpu');
    expect(error?.message).toContain(why);
    expect(error?.nextStep).toContain(step);
    expect(error?.nextStep).toContain('--gpu none');
  });

  it.each([
    [`${runc}nvidia-container-cli: device error: GPU-4711: unknown device: unknown`, 'GPU-4711'],
    ['failed to create task: CDI device injection failed: unresolvable CDI devices nvidia.com/gpu=7', 'nvidia.com/gpu=7'],
  ])('of a card that is not there: %s', (text, id) => expect(explainGpuRefusal(text, undefined)).toMatchObject({ reason: 'unknown_gpu', message: expect.stringContaining(id) as string }));

  it('of another kind is none of these', () => expect(explainGpuRefusal('no space left on device', undefined)).toBeUndefined());
});
