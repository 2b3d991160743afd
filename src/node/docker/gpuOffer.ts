import type Docker from 'dockerode';
import type { GpuOffer } from '../../core/runtime/gpu';
import { askCards, type CardAnswer, type RunTool } from '../gpu/nvidiaSmi';
import { deviceRequests, explainGpuRefusal, type GpuWay } from './engineGpus';
import { runOnce } from './runOnce';

const toolkitStep = "Install NVIDIA's container toolkit and restart the engine";

const wayWords = { runtime: "NVIDIA's runtime", cdi: 'CDI devices', hook: "NVIDIA's hook" } as const;

/** What an engine offers: by its own word, NVIDIA's tool here, or a look from inside a short-lived container. */
export async function offerOf(engine: {
  readonly docker: Docker;
  readonly way: GpuWay;
  /** NVIDIA's tool of the engine's machine, when that is this one. */
  readonly here: RunTool | undefined;
  /** An image that the engine has already. */
  readonly image: string | undefined;
}): Promise<GpuOffer> {
  const { docker, way, here, image } = engine;
  const host: CardAnswer = here ? await askCards(here) : { why: "the engine's machine is another one" };
  if (way.kind === 'hook') {
    // Without a registered runtime a start may still find the hook, but only where there is a card.
    if (host.cards) return { usable: 'unsure', why: 'the engine does not list GPU support', nextStep: toolkitStep, cards: host.cards };
    const why = here ? `the engine has no GPU support, and ${host.why}` : 'the engine has no GPU support';
    return { usable: 'no', why, nextStep: `${toolkitStep}, on a machine with an NVIDIA card and its driver` };
  }
  const how = `${wayWords[way.kind]} of the engine`;
  if (host.cards) return { usable: 'yes', why: how, cards: host.cards };
  if (!image) return { usable: 'unsure', why: `${how}; the cards can be listed once the image is there` };
  const inside = await askInside(docker, way, image);
  if (inside.cards) return { usable: 'yes', why: how, cards: inside.cards };
  return inside.refused ? { usable: 'no', why: inside.why } : { usable: 'unsure', why: `${how}; ${inside.why}` };
}

/** NVIDIA's toolkit puts its tool into every container that gets a card. */
async function askInside(docker: Docker, way: GpuWay, image: string): Promise<CardAnswer & { refused?: boolean }> {
  let refusal: string | undefined;
  const answer = await askCards(async ([command = '', ...args]) => {
    try {
      const { code, stdout, stderr } = await runOnce(docker, { Image: image, Entrypoint: [command], Cmd: args, HostConfig: { DeviceRequests: deviceRequests('all', way) } });
      return { code, text: stdout.trim() || stderr, missing: code === 127 };
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const known = explainGpuRefusal(text, error);
      if (known) refusal = known.message.replace(/\.$/, '');
      return { code: null, text, missing: known === undefined };
    }
  });
  return refusal === undefined ? answer : { why: refusal, refused: true };
}
