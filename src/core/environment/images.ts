import type { StepContext } from './context';
import { folderOf } from './context';
import type { JobReport } from './freshRun';
import type { Image } from './observation';

/** Pictures of one step that are kept, and the bytes that one may have. */
const maxImages = 4;
const maxImageBytes = 4_000_000;

/**
 * The pictures that a step of a model made, kept in the run's blobs: plots in cell outputs and,
 * with `files`, picture files that a script left in the attempt's folder. What is no PNG or JPEG,
 * or too large, is left out.
 */
export async function imagesOf(ctx: StepContext, attempt: number, report: JobReport, options: { readonly files: boolean }): Promise<Image[]> {
  if (ctx.actor !== 'llm') return [];
  const images: Image[] = [];
  const add = async (name: string, content: Uint8Array): Promise<void> => {
    const facts = content.length <= maxImageBytes ? imageFacts(content) : undefined;
    if (facts) images.push({ name, hash: await ctx.ports.blobs.put(content), bytes: content.length, ...facts });
  };
  for (const [cell, content] of plots(report)) if (images.length < maxImages) await add(`cell ${cell}`, content);
  if (!options.files) return images;
  const { sandbox } = ctx.ports;
  const written = (await sandbox.list(folderOf(attempt))).filter(({ path, bytes }) => /\.(png|jpe?g)$/i.test(path) && bytes <= maxImageBytes && !path.startsWith('parents/'));
  for (const { path } of written.slice(0, maxImages - images.length)) {
    const content = await sandbox.get(folderOf(attempt), path, maxImageBytes);
    if (content) await add(path, content);
  }
  return images;
}

function* plots({ cells }: JobReport): Generator<readonly [string, Uint8Array]> {
  for (const cell of cells.ids) {
    for (const output of cells.of(cell, 20_000_000).outputs) {
      if (output.output_type !== 'display_data' && output.output_type !== 'execute_result') continue;
      const text = output.data['image/png'] ?? output.data['image/jpeg'];
      const content = text === undefined ? undefined : fromBase64(text);
      if (content) yield [cell, content];
    }
  }
}

function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text.replace(/\s+/g, '')), (char) => char.charCodeAt(0));
  } catch {
    return undefined; // code inside the sandbox may call anything a picture
  }
}

/** Kind and size in pixels by the file's own head; undefined for what is no PNG or JPEG. */
export function imageFacts(content: Uint8Array): Pick<Image, 'mime' | 'width' | 'height'> | undefined {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  if (content.length >= 24 && view.getUint32(0) === 0x89504e47 && view.getUint32(12) === 0x49484452) return sized('image/png', view.getUint32(16), view.getUint32(20));
  if (content.length < 4 || view.getUint16(0) !== 0xffd8) return undefined;
  for (let at = 2; at + 9 < content.length; ) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    // Start of frame, but for the markers of tables and arithmetic coding among them.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return sized('image/jpeg', view.getUint16(at + 7), view.getUint16(at + 5));
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

const sized = (mime: Image['mime'], width: number, height: number): Pick<Image, 'mime' | 'width' | 'height'> | undefined =>
  width > 0 && height > 0 && width <= 30_000 && height <= 30_000 ? { mime, width, height } : undefined;
