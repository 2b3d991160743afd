import type { ChatImage } from '../../core/agent/model/chat';
import type { Blobs } from '../../core/environment/ports';
import { imageUrl } from './imageUrl';

/** Data URLs kept: those of one conversation, which sends the same pictures with every request. */
const maxKept = 8;

/** Pictures of a run as data URLs; each is read and scaled once while it is in use. */
export class Pictures {
  private readonly urls = new Map<string, Promise<string | undefined>>();

  constructor(private readonly blobs: Pick<Blobs, 'get'>) {}

  url(image: ChatImage): Promise<string | undefined> {
    const known = this.urls.get(image.hash) ?? imageUrl(image, this.blobs);
    this.urls.delete(image.hash);
    this.urls.set(image.hash, known);
    for (const hash of this.urls.keys()) if (this.urls.size > maxKept) this.urls.delete(hash);
    return known;
  }
}
