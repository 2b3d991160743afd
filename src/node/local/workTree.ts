import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, readlink, rm, symlink, unlink, rename, type FileHandle } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import type { SandboxFile } from '../../core/runtime/runtime';
import { checkFolder, checkPath, isWorkPath } from '../workPaths';

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;

const isCode = (error: unknown, ...codes: string[]): boolean => codes.includes((error as NodeJS.ErrnoException).code ?? '');

/**
 * Files of the sandbox's work folder, seen from outside while untrusted code writes in it. Every
 * step of a path is opened relative to the folder before it and never through a link, so a link
 * that is planted at any moment leads nowhere. (Through /proc/self/fd, Node's only way to `openat`;
 * where there is no /proc nothing isolates the code anyway, and plain paths are used.)
 */
export class WorkTree {
  private readonly byHandle = process.platform === 'linux';

  /**
   * @param root the host folder that is /work inside
   * @param dataLink what `data` in each working folder points to
   */
  constructor(
    private readonly root: string,
    private readonly dataLink: string,
  ) {}

  private base(handle: FileHandle, path: string): string {
    return this.byHandle ? `/proc/self/fd/${handle.fd}` : path;
  }

  /** Opens a folder below the root; with `make`, replaces whatever is in the way by a folder. */
  private async within<T>(parts: readonly string[], make: boolean, action: (folder: string) => Promise<T>): Promise<T | undefined> {
    const opened: FileHandle[] = [];
    try {
      let path = this.root;
      let handle = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      opened.push(handle);
      for (const part of parts) {
        path = `${this.base(handle, path)}/${part}`;
        const step = await this.enter(path, make);
        if (!step) return undefined;
        handle = step;
        opened.push(handle);
      }
      return await action(this.base(handle, path));
    } finally {
      for (const handle of opened) await handle.close();
    }
  }

  private async enter(path: string, make: boolean): Promise<FileHandle | undefined> {
    for (let tries = 0; ; tries++) {
      try {
        return await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      } catch (error) {
        if (!isCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw error;
        if (!make) return undefined;
        if (tries > 5) throw error;
        if (!isCode(error, 'ENOENT')) await unlink(path).catch(() => undefined);
        await mkdir(path, { mode: 0o755 }).catch((failure: unknown) => {
          if (!isCode(failure, 'EEXIST')) throw failure;
        });
      }
    }
  }

  async put(folder: string, files: readonly SandboxFile[]): Promise<void> {
    checkFolder(folder);
    await this.within([folder], true, async (place) => {
      const leadsTo = await readlink(`${place}/data`).catch(() => undefined);
      if (leadsTo !== this.dataLink) {
        await rm(`${place}/data`, { recursive: true, force: true });
        await symlink(this.dataLink, `${place}/data`);
      }
    });
    for (const { path, content } of files) {
      const parts = checkPath(path).split('/');
      const name = parts.pop() ?? '';
      await this.within([folder, ...parts], true, async (place) => {
        const temporary = `${place}/.podium-${randomBytes(6).toString('hex')}`;
        const handle = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
        try {
          await handle.writeFile(content);
        } finally {
          await handle.close();
        }
        await rename(temporary, `${place}/${name}`).catch(async (error: unknown) => {
          if (!isCode(error, 'EISDIR', 'ENOTEMPTY', 'EEXIST')) throw error;
          await rm(`${place}/${name}`, { recursive: true, force: true });
          await rename(temporary, `${place}/${name}`);
        });
      });
    }
  }

  async remove(folder: string, paths: readonly string[]): Promise<void> {
    checkFolder(folder);
    for (const path of paths) {
      const parts = checkPath(path).split('/');
      const name = parts.pop() ?? '';
      await this.within([folder, ...parts], false, (place) => rm(`${place}/${name}`, { recursive: true, force: true }));
    }
  }

  async clear(folder: string, keep: readonly string[]): Promise<void> {
    checkFolder(folder);
    const kept = new Set(keep.map(checkPath));
    const clear = async (parts: readonly string[]): Promise<void> => {
      const folders: string[] = [];
      await this.within([folder, ...parts], false, async (place) => {
        for (const entry of await readdir(place, { withFileTypes: true })) {
          const path = [...parts, entry.name].join('/');
          if (path === 'data' || (kept.has(path) && entry.isFile())) continue;
          if (entry.isDirectory() && keep.some((one) => one.startsWith(`${path}/`))) folders.push(entry.name);
          else await rm(`${place}/${entry.name}`, { recursive: true, force: true });
        }
      });
      for (const name of folders) await clear([...parts, name]);
    };
    await clear([]);
  }

  async get(folder: string, path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    checkFolder(folder);
    const parts = checkPath(path).split('/');
    const name = parts.pop() ?? '';
    return this.within([folder, ...parts], false, async (place) => {
      let handle: FileHandle;
      try {
        // Not blocking: a named pipe would otherwise hold the reader for ever.
        handle = await open(`${place}/${name}`, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      } catch (error) {
        if (isCode(error, 'ENOENT', 'ELOOP', 'EMLINK', 'EISDIR', 'ENXIO')) return undefined;
        throw error;
      }
      try {
        const info = await handle.stat();
        if (!info.isFile() || info.size > maxBytes) return undefined;
        // The file may grow while it is read: never more than was promised.
        const buffer = Buffer.alloc(Math.min(maxBytes, info.size));
        let filled = 0;
        for (let more = 1; filled < buffer.length && more > 0; filled += more) {
          more = (await handle.read(buffer, filled, buffer.length - filled, filled)).bytesRead;
        }
        return buffer.subarray(0, filled);
      } finally {
        await handle.close();
      }
    });
  }

  async list(folder: string): Promise<{ path: string; bytes: number }[]> {
    checkFolder(folder);
    const found: { path: string; bytes: number }[] = [];
    const walk = async (parts: readonly string[]): Promise<void> => {
      const folders: string[] = [];
      await this.within([folder, ...parts], false, async (place) => {
        for (const entry of await readdir(place, { withFileTypes: true })) {
          if (entry.isDirectory()) folders.push(entry.name);
          else if (entry.isFile()) {
            const info = await lstat(`${place}/${entry.name}`).catch(() => undefined);
            const path = [...parts, entry.name].join('/');
            if (info?.isFile() && isWorkPath(path)) found.push({ path, bytes: info.size });
          }
        }
      });
      for (const name of folders) if (parts.length < 20) await walk([...parts, name]);
    };
    await walk([]);
    return found.sort((a, b) => (a.path < b.path ? -1 : 1));
  }
}
