import type { ChatImage } from '../../core/agent/model/chat';
import type { Blobs } from '../../core/environment/ports';

/** Pixels of the longer side above which models scale a picture down themselves; sending more only costs. */
const maxSide = 1_568;
/** A picture with more pixels is not unpacked here. */
const maxPixels = 25_000_000;

/**
 * A picture of the run's blobs as a data URL, scaled down when it is large.
 * @returns undefined for one that cannot be sent: far too large, or broken
 */
export async function imageUrl(image: ChatImage, blobs: Pick<Blobs, 'get'>): Promise<string | undefined> {
  let content = await blobs.get(image.hash);
  if (Math.max(image.width, image.height) > maxSide) {
    const smaller = image.mime === 'image/png' && image.width * image.height <= maxPixels ? await shrink(content) : undefined;
    if (!smaller) return undefined;
    content = smaller;
  }
  return `data:${image.mime};base64,${Buffer.from(content).toString('base64')}`;
}

/** A PNG with its longer side at most `maxSide`, each pixel the mean of those that it stands for; undefined for a broken one. */
async function shrink(content: Uint8Array): Promise<Uint8Array | undefined> {
  const { decode, encode, convertIndexedToRgb } = await import('fast-png');
  try {
    const png = decode(content);
    if (png.depth < 8 && !png.palette) return undefined;
    const channels = png.palette ? (png.palette[0]?.length ?? 3) : png.channels;
    const data = png.palette ? convertIndexedToRgb(png) : png.data;
    const times = Math.ceil(Math.max(png.width, png.height) / maxSide);
    const [width, height] = [Math.max(1, Math.floor(png.width / times)), Math.max(1, Math.floor(png.height / times))];
    const small = new Uint8Array(width * height * channels);
    const depth = png.depth === 16 ? 257 : 1;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let channel = 0; channel < channels; channel++) {
          let sum = 0;
          for (let dy = 0; dy < times; dy++) for (let dx = 0; dx < times; dx++) sum += data[((y * times + dy) * png.width + x * times + dx) * channels + channel] ?? 0;
          small[(y * width + x) * channels + channel] = Math.round(sum / (times * times) / depth);
        }
      }
    }
    return encode({ width, height, data: small, channels: channels as 1 | 2 | 3 | 4, depth: 8 });
  } catch {
    return undefined; // its head was a PNG's, the rest is not
  }
}
