import { statfs } from 'node:fs/promises';
import { cardWords, type GpuOffer } from '../../core/runtime/gpu';
import type { Runtimes } from '../runtimes';
import { RuntimeError } from '../../core/runtime/runtimeError';

/** One line of the doctor's report. */
export interface Check {
  /** Stable, for other programs: "engine", "image", … */
  readonly id: string;
  readonly title: string;
  /** `warn`: something is missed but runs are possible; `fail`: what it names cannot be used. */
  readonly state: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  readonly nextStep?: string;
}

export interface CheckPlaces {
  readonly runtimes: Runtimes;
  /** Image that competitions use unless they say otherwise. */
  readonly image: string;
  /** Where runs keep their files: PODIUM_HOME and the workspace. */
  readonly folders: readonly string[];
  /** The runtime that new runs ask for; `auto` when absent. */
  readonly wanted?: 'auto' | 'docker' | 'local';
}

/** Below this, a run may end for want of disk. */
const littleDiskGb = 2;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function checkEngine({ runtimes, image }: CheckPlaces): Promise<Check[]> {
  const engine = await runtimes.docker.probe();
  const first: Check = { id: 'engine', title: 'Docker engine', state: engine.available ? 'ok' : 'warn', detail: engine.detail, nextStep: engine.nextStep };
  if (!engine.available) return [first];
  try {
    const there = await runtimes.docker.hasImage(image);
    const gpu = await runtimes.docker.gpus(image);
    return [
      first,
      {
        id: 'image',
        title: `Image ${image}`,
        state: there ? 'ok' : 'warn',
        detail: there ? 'On the engine.' : 'Not on the engine yet; the first run builds or pulls it.',
        ...(there ? {} : { nextStep: 'Start a run while the engine has a network, or name an image that you have in PODIUM_IMAGE.' }),
      },
      {
        id: 'gpu_engine',
        title: 'GPU in containers',
        state: gpu.usable === 'no' ? 'warn' : 'ok',
        detail: gpu.usable === 'no' ? `${capital(gpu.why)}; runs use the CPU.` : `${capital(gpu.why)}${cardList(gpu)}.`,
        ...(gpu.nextStep ? { nextStep: `For a GPU: ${gpu.nextStep}.` } : {}),
      },
    ];
  } catch (error) {
    return [first, { id: 'image', title: `Image ${image}`, state: 'fail', detail: messageOf(error), nextStep: RuntimeError.is(error) ? error.nextStep : undefined }];
  }
}

async function checkLocal({ runtimes }: CheckPlaces): Promise<Check[]> {
  const status = await runtimes.local.probe();
  const isolated = status.isolation === 'bubblewrap';
  const python: Check = status.available
    ? { id: 'python', title: 'Python with scikit-learn and pandas', state: 'ok', detail: status.detail }
    : { id: 'python', title: 'Python with scikit-learn and pandas', state: 'warn', detail: status.detail, nextStep: status.nextStep };
  const why = await runtimes.local.isolationDetail();
  return [
    {
      id: 'bubblewrap',
      title: 'Isolation of the local sandbox',
      state: isolated ? 'ok' : 'warn',
      detail: why,
      ...(isolated ? {} : { nextStep: status.reason === 'not_isolated' ? status.nextStep : 'Use Docker, or install bubblewrap on Linux.' }),
    },
    python,
  ];
}

async function checkDisk(folder: string): Promise<Check> {
  try {
    const { bavail, bsize } = await statfs(folder);
    const free = (bavail * bsize) / 1024 ** 3;
    const enough = free >= littleDiskGb;
    return {
      id: 'disk',
      title: `Free space in ${folder}`,
      state: enough ? 'ok' : 'warn',
      detail: `${free.toFixed(1)} GB`,
      ...(enough ? {} : { nextStep: `Free at least ${littleDiskGb} GB, for example by Clean Up.` }),
    };
  } catch (error) {
    return { id: 'disk', title: `Free space in ${folder}`, state: 'warn', detail: messageOf(error), nextStep: 'Make the folder, or choose another.' };
  }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const cardList = ({ cards }: GpuOffer): string => (cards ? `: ${cards.map(cardWords).join(', ')}` : '');

async function checkGpu({ runtimes }: CheckPlaces): Promise<Check> {
  const offer = await runtimes.local.gpus();
  return { id: 'gpu', title: 'GPU of this machine', state: 'ok', detail: offer.cards ? `${offer.cards.map(cardWords).join(', ')}.` : `None: ${offer.why}. Local runs use the CPU.` };
}

/** Whether the wanted runtime, or with `auto` either, can be used. */
function checkEither(wanted: 'auto' | 'docker' | 'local', docker: boolean, local: boolean): Check {
  const id = 'runtime';
  const title = 'Somewhere to run code';
  if (docker && wanted !== 'local') return { id, title, state: 'ok', detail: 'Docker.' };
  if (local && wanted !== 'docker') return { id, title, state: 'ok', detail: 'The local sandbox.' };
  const nextStep = 'Follow one of the next steps below.';
  if (!docker && !local) return { id, title, state: 'fail', detail: 'Neither Docker nor the local sandbox can be used.', nextStep };
  const [chosen, other] = wanted === 'docker' ? ['Docker', 'the local sandbox'] : ['The local sandbox', 'Docker'];
  return { id, title, state: 'fail', detail: `${chosen} is chosen and cannot be used.`, nextStep: `Choose ${other}, which can be used, or follow the next steps below.` };
}

/**
 * What runs need of this machine: engine, image, isolation, Python, disk, GPU. The first line says
 * whether a run is possible at all.
 */
export async function checkRuntimes(places: CheckPlaces): Promise<Check[]> {
  const [engine, local, gpu, ...disks] = await Promise.all([checkEngine(places), checkLocal(places), checkGpu(places), ...places.folders.map(checkDisk)]);
  const docker = engine[0]?.state === 'ok';
  const python = local.some(({ id, state }) => id === 'python' && state === 'ok');
  const either = checkEither(places.wanted ?? 'auto', docker, python);
  return [either, ...engine, ...local, gpu, ...disks];
}
