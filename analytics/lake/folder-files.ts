import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { InputError, SourceError } from '../errors.ts';

const SCRATCH_LIFETIME_MS = 24 * 60 * 60 * 1000;

const REMEDIES: Record<string, string> = {
  EACCES: 'Give this user permission to read and write there, or choose another folder.',
  EPERM: 'Give this user permission there, or choose a folder on a file system that has hard links.',
  ENOTSUP: 'Choose a folder on a file system that has hard links.',
  EROFS: 'The file system is read-only; choose another folder.',
  ENOSPC: 'The disk is full; free some space and try again. Nothing half-written was kept.',
  EDQUOT: 'The disk quota is used up; free some space and try again. Nothing half-written was kept.',
  ENAMETOOLONG: 'A name is too long for this file system; use shorter names.',
  ENOTDIR: 'A file is where a folder must be; move it away or choose another folder.',
  EEXIST: 'A file is where a folder must be; move it away or choose another folder.',
  EISDIR: 'A folder is where a file must be; move it away or choose another folder.',
};

/** InputError with a remedy for what the person can mend, SourceError for the rest. */
export function explainFileError(error: unknown, where: string): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  const remedy = code === undefined ? undefined : REMEDIES[code];
  if (remedy !== undefined) return new InputError(`${where}: ${message}`, { where, remedy, cause: error });
  const isRetryable = code === 'EMFILE' || code === 'ENFILE' || code === 'EAGAIN' || code === 'EBUSY';
  return new SourceError(`${where}: ${message}`, { isRetryable, cause: error });
}

/** Writes a durable file with a new name in the scratch folder and returns its path. */
export async function writeScratchFile(scratch: string, bytes: Uint8Array): Promise<string> {
  const scratchPath = newScratchPath(scratch);
  try {
    const file = await open(scratchPath, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(scratchPath, { force: true });
    throw error;
  }
  return scratchPath;
}

/** Gives a durable file a second name unless the name is taken, and takes the first one away. */
export async function linkIfAbsent(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(from);
  }
}

/** Moves a finished file over `to`, through the scratch folder when it comes from another file system. */
export async function moveFile(from: string, to: string, scratch: string): Promise<void> {
  await syncPath(from);
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    const copy = newScratchPath(scratch);
    try {
      await copyFile(from, copy);
      await syncPath(copy);
      await rename(copy, to);
    } finally {
      await rm(copy, { force: true });
    }
    await unlink(from);
  }
}

/** Flushes a file, or the names in a folder, to the disk. */
export async function syncPath(fileOrFolder: string): Promise<void> {
  const handle = await open(fileOrFolder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a folder and those above it; gives the first that it made. Unlike `mkdir -p` of Node it ends in /proc too. */
export async function makeFolders(folder: string): Promise<string | undefined> {
  const parent = path.dirname(folder);
  const made = parent === folder || existsSync(parent) ? undefined : await makeFolders(parent);
  try {
    await mkdir(folder);
    return made ?? folder;
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST' && (await stat(folder)).isDirectory();
    if (isThere) return made;
    throw error;
  }
}

/** Makes `folder` under `root` and its place on the disk certain; `durable` remembers what needs no second flush. */
export async function ensureFolder(root: string, folder: string, durable: Set<string>): Promise<void> {
  await mkdir(folder, { recursive: true });
  if (durable.has(folder)) return;
  for (let child = folder; child !== root; child = path.dirname(child)) await syncPath(path.dirname(child));
  durable.add(folder);
}

/** Removes what processes that died left in the scratch folder more than a day ago. */
export async function removeStaleScratch(scratch: string): Promise<void> {
  for (const name of await readdir(scratch)) {
    const leftover = path.join(scratch, name);
    const info = await stat(leftover).catch(() => undefined);
    if (info && Date.now() - info.mtimeMs > SCRATCH_LIFETIME_MS)
      await rm(leftover, { recursive: true, force: true });
  }
}

function newScratchPath(scratch: string): string {
  return path.join(scratch, `${process.pid}-${randomUUID()}`);
}
