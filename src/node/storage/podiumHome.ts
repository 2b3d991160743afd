import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * PODIUM_HOME: the one per-user folder outside every workspace. It holds answers, private
 * grades, tokens and program versions, so it is private (0700) and no sandbox ever binds it.
 * The environment variable `PODIUM_HOME` overrides the platform's own place for such data.
 */
export function podiumHome(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  if (env['PODIUM_HOME']) return env['PODIUM_HOME'];
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Podium');
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'Podium');
  return join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'podium');
}

/** A folder inside PODIUM_HOME, made when needed with mode 0700. */
export async function homeFolder(home: string, ...parts: readonly string[]): Promise<string> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const folder = join(home, ...parts);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}
