import type { Image } from './observation';

/** "1 plot, 640×480" */
export function imageWords(images: readonly Pick<Image, 'width' | 'height'>[]): string {
  return `${images.length} plot${images.length === 1 ? '' : 's'}, ${images.map(({ width, height }) => `${width}×${height}`).join(' and ')}`;
}
