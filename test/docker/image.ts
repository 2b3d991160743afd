import { join } from 'node:path';
import { presetTag, buildImage, findImage, type BuildRequest } from '../../src/node/docker/image';
import { connectEngine } from '../../src/node/docker/connection';
import { readFile } from 'node:fs/promises';
import { imagePackages, startEngine, type OnLaunch, type TestEngine } from './engine';

export { stopEngine, EngineNotAvailable } from './engine';

export interface ReadyTestEngine extends TestEngine {
  /** Full reference, for PODIUM_IMAGE. */
  readonly image: string;
}

/**
 * An engine with an image that can run competitions, built by the product's own builder from
 * Debian's packages.
 * @param root the project folder
 */
export async function startTestEngine(root: string, log: (line: string) => void, launched: OnLaunch = () => {}): Promise<ReadyTestEngine> {
  const engine = await startEngine(log, launched);
  const containerFolder = join(root, 'media', 'container');
  try {
    const docker = await connectEngine({ url: engine.dockerHost, source: 'test engine' });
    const recipe = { base: engine.base, install: 'apt', packages: imagePackages.join(' ') } as const;
    const tag = presetTag('test', await readFile(join(containerFolder, 'Dockerfile'), 'utf8'), recipe);
    const request: BuildRequest = { ...recipe, tag, network: 'host' };
    if (!(await findImage(docker, containerFolder, tag, undefined))) {
      log(`Building ${tag} from Debian packages …`);
      await buildImage(docker, containerFolder, request, (line) => /^Step /.test(line) && log(line), new AbortController().signal);
    }
    return { ...engine, image: tag };
  } catch (error) {
    await engine.stop();
    throw error;
  }
}
