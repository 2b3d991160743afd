import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GpuGrant } from '../../core/runtime/gpu';

/** Where the kernel's driver tells of its cards, and where their device files lie. */
export interface GpuPlaces {
  readonly driver: string;
  readonly dev: string;
}
const system: GpuPlaces = { driver: '/proc/driver/nvidia/gpus', dev: '/dev' };

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // no driver
  }
}

/** Number of the device file of each card, by UUID: not always the number that NVIDIA's tool counts with. */
function minors(driver: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of namesIn(driver)) {
    let text = '';
    try {
      text = readFileSync(join(driver, name, 'information'), 'utf8');
    } catch {
      continue; // the card has gone meanwhile
    }
    const uuid = /^GPU UUID:\s*(GPU-[\w-]+)/m.exec(text)?.[1];
    const minor = /^Device Minor:\s*(\d+)/m.exec(text)?.[1];
    if (uuid && minor) found.set(uuid, minor);
  }
  return found;
}

/** Device files that a sandbox with this grant needs; those of other cards stay out where it is known which they are. */
export function gpuDeviceFiles(grant: GpuGrant, places: GpuPlaces = system): string[] {
  if (grant === 'none') return [];
  const known = minors(places.driver);
  const wanted = grant === 'all' ? undefined : grant.map((id) => known.get(id));
  // A slice (MIG) or a card that the driver does not name: CUDA's own variable keeps the others out.
  const only = wanted?.every((minor) => minor !== undefined) ? new Set(wanted) : undefined;
  const fits = (name: string): boolean => {
    const card = /^nvidia(\d+)$/.exec(name);
    if (card) return only?.has(card[1] ?? '') ?? true;
    return /^nvidia(ctl|-uvm|-uvm-tools|-modeset|-caps)$|^dxg$/.test(name);
  };
  return namesIn(places.dev).filter(fits).map((name) => join(places.dev, name));
}

/** CUDA's variable: UUIDs, since its numbers follow an order of their own. Empty hides every card. */
export function gpuVariables(grant: GpuGrant): Record<string, string> {
  return grant === 'all' ? {} : { CUDA_VISIBLE_DEVICES: grant === 'none' ? '' : grant.join(',') };
}
