import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeviceRequest } from 'dockerode';
import { parse } from 'yaml';
import * as z from 'zod';
import type { GpuCard, GpuGrant } from '../../core/runtime/gpu';
import { cpuStep } from '../../core/runtime/gpuPlan';
import { RuntimeError } from '../../core/runtime/runtimeError';

/** The parts of `GET /info` that tell about GPUs; the last two are those of newer engines (API 1.44 and 1.50). */
export const engineInfoSchema = z.object({
  ServerVersion: z.string().catch('unknown'),
  Driver: z.string().catch('unknown'),
  Runtimes: z.record(z.string(), z.unknown()).nullish().catch(undefined),
  CDISpecDirs: z.array(z.string()).nullish().catch(undefined),
  DiscoveredDevices: z.array(z.object({ Source: z.string(), ID: z.string() })).nullish().catch(undefined),
});
type EngineInfo = z.output<typeof engineInfoSchema>;

/** How an engine hands a card to a container. `hook`: nothing says that it can, but it may find NVIDIA's hook by itself. */
export type GpuWay = { readonly kind: 'runtime' } | { readonly kind: 'cdi'; readonly devices: readonly string[] } | { readonly kind: 'hook' };

const cdiKind = 'nvidia.com/gpu=';

/**
 * @param readFolder lists the devices of a folder of CDI specifications, where the engine's files can be read here
 */
export async function gpuWay(info: EngineInfo, readFolder?: (folder: string) => Promise<string[]>): Promise<GpuWay> {
  if (info.Runtimes && Object.keys(info.Runtimes).some((name) => /^nvidia/.test(name))) return { kind: 'runtime' };
  const discovered = (info.DiscoveredDevices ?? []).map((device) => device.ID);
  // An engine before API 1.50 does not list them, but says where it looks.
  const inFiles = discovered.length > 0 || !readFolder ? [] : (await Promise.all((info.CDISpecDirs ?? []).map(readFolder))).flat();
  const devices = [...new Set([...discovered, ...inFiles])].filter((name) => name.startsWith(cdiKind));
  return devices.length > 0 ? { kind: 'cdi', devices } : { kind: 'hook' };
}

const cdiSpecSchema = z.looseObject({ kind: z.string(), devices: z.array(z.looseObject({ name: z.coerce.string() })) });

/** Full names of the devices that the CDI files of a folder define; none when there is no such folder. */
export async function cdiDevices(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const found = names.filter((name) => /\.(ya?ml|json)$/.test(name)).map(async (name) => {
    try {
      const spec = cdiSpecSchema.parse(parse(await readFile(join(folder, name), 'utf8')));
      return spec.devices.map((device) => `${spec.kind}=${device.name}`);
    } catch {
      return []; // the engine leaves a broken file out as well, and says so in its own log
    }
  });
  return (await Promise.all(found)).flat();
}

/**
 * GPU request of a container; undefined when it gets none.
 * @param cards what is known of the engine's cards: CDI files may name one by number only
 */
export function deviceRequests(grant: GpuGrant, way: GpuWay, cards: readonly GpuCard[] = []): DeviceRequest[] | undefined {
  if (grant === 'none') return undefined;
  if (way.kind !== 'cdi') return [{ Driver: '', Capabilities: [['gpu']], ...(grant === 'all' ? { Count: -1 } : { DeviceIDs: [...grant] }) }];
  const named = new Set(way.devices);
  const all = named.has(`${cdiKind}all`) ? [`${cdiKind}all`] : [...way.devices];
  return [{ Driver: 'cdi', DeviceIDs: grant === 'all' ? all : grant.map((id) => cdiName(id, named, cards)) }];
}

function cdiName(id: string, named: ReadonlySet<string>, cards: readonly GpuCard[]): string {
  if (id.includes('=')) return id;
  const card = cards.find((one) => one.uuid === id || one.index === id);
  const names = [id, ...(card ? [card.uuid, card.index] : [])].map((name) => cdiKind + name);
  // The engine's refusal of a name that it does not know is explained to the person.
  return names.find((name) => named.has(name)) ?? cdiKind + id;
}

const toolkit = "Install NVIDIA's container toolkit and restart the engine (Docker from snap is not supported by it)";

/** What an engine's refusal to start a container means when it is about GPUs; undefined for other refusals. */
export function explainGpuRefusal(text: string, cause: unknown): RuntimeError | undefined {
  const refused = (why: string, step: string): RuntimeError => new RuntimeError('no_gpu', `The Docker engine cannot give a GPU to a container: ${why}.`, `${step}, or ${cpuStep}.`, { cause });
  const unknown = /device error: ([\w:/-]+): unknown device/i.exec(text) ?? /unresolvable CDI devices? ([\w./=:,-]+)/i.exec(text);
  if (unknown && !/=all\b/.test(unknown[1] ?? '')) return new RuntimeError('unknown_gpu', `The Docker engine knows no GPU "${unknown[1]}".`, `Name one that \`nvidia-smi -L\` lists on the engine's machine, or ${cpuStep}.`, { cause });
  if (/could not select device driver "cdi"/i.test(text)) return refused('its support for CDI devices is switched off', 'Switch it on in the engine\'s settings ("features": {"cdi": true})');
  if (/could not select device driver|unknown or invalid runtime name: nvidia/i.test(text)) return refused("NVIDIA's container toolkit is missing", toolkit);
  if (/CDI device/i.test(text)) return refused('its list of CDI devices is missing or out of date', 'Make it anew with `sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml`');
  if (/driver\/library version mismatch/i.test(text)) return refused("NVIDIA's driver was updated and not loaded again", 'Restart the machine');
  if (/nvml error|libnvidia-ml|libcuda|driver not loaded|driver rpc error/i.test(text)) return refused("NVIDIA's driver does not work there", "Install or load NVIDIA's driver on the engine's machine");
  if (/nvidia-container|nvidia-cdi-hook/i.test(text)) return refused("NVIDIA's container toolkit does not work there", toolkit);
  return undefined;
}
