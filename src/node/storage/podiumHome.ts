import { chmodSync, mkdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, posix, resolve, win32 } from 'node:path';

/**
 * Where Podium's per-user folder lies: `PODIUM_HOME` when set, else XDG data (Linux and other
 * Unix), Application Support (macOS) or LOCALAPPDATA (Windows). Creates nothing.
 */
export function podiumHomePath(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  userHome: string = homedir(),
): string {
  if (env.PODIUM_HOME) return resolve(env.PODIUM_HOME);
  if (platform === 'win32') return win32.join(env.LOCALAPPDATA || win32.join(userHome, 'AppData', 'Local'), 'Podium');
  if (platform === 'darwin') return posix.join(userHome, 'Library', 'Application Support', 'Podium');
  // The XDG rules say that a relative path is to be ignored.
  const data = env.XDG_DATA_HOME && isAbsolute(env.XDG_DATA_HOME) ? env.XDG_DATA_HOME : posix.join(userHome, '.local', 'share');
  return posix.join(data, 'podium');
}

/**
 * Podium's per-user folder (see `podiumHomePath`), made when absent. It holds answers, private
 * grades, locks and tokens, so only its owner may look in (mode 0700); no sandbox ever binds it.
 */
export function podiumHome(env: NodeJS.ProcessEnv = process.env): string {
  const home = podiumHomePath(env);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  // A folder that existed before keeps its own mode under mkdir.
  if (process.platform !== 'win32') chmodSync(home, 0o700);
  return home;
}

/** A folder inside PODIUM_HOME, made when needed, for its owner only. */
export async function homeFolder(home: string, ...parts: readonly string[]): Promise<string> {
  const folder = join(home, ...parts);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}
