import path from 'node:path';
import { InputError } from '../../errors.ts';
import type { Manifest } from './manifest.ts';

/**
 * The local file, as a path under the root, of each object key that a manifest lists. A key is found by its end: at
 * least its folder and name, since every period has files of the same name; or by its name alone beside the manifest,
 * where a download has lost the folders.
 */
export function findListed(
  names: readonly string[],
  manifest: Manifest,
): { key: string; name: string | undefined }[] {
  const byFileName = new Map<string, string[]>();
  for (const name of names) {
    const base = path.posix.basename(name);
    byFileName.set(base, [...(byFileName.get(base) ?? []), name]);
  }
  return manifest.files.map((key) => {
    const sameName = byFileName.get(path.posix.basename(key)) ?? [];
    return { key, name: findFile(toParts(key), sameName, manifest) };
  });
}

/** As findListed, where none may be missing. Throws InputError with those that are. */
export function requireListed(root: string, names: readonly string[], manifest: Manifest): string[] {
  const found = findListed(names, manifest);
  const missing = found.filter(({ name }) => name === undefined).map(({ key }) => key);
  if (missing.length > 0) {
    throw new InputError(
      `the manifest lists ${missing.length} of ${found.length} files that are not here: ${missing.slice(0, 5).join(', ')}`,
      { where: path.join(root, manifest.name), remedy: 'Copy the export completely; nothing was imported.' },
    );
  }
  return found.flatMap(({ name }) => name ?? []);
}

function findFile(key: readonly string[], names: readonly string[], manifest: Manifest): string | undefined {
  const folder = toParts(manifest.name).slice(0, -1);
  let best: { name: string; shared: number; near: number } | undefined;
  for (const name of names) {
    const parts = toParts(name);
    const shared = countShared(key.toReversed(), parts.toReversed());
    const near = countShared(folder, parts);
    const isBeside = near === folder.length && parts.length === folder.length + 1;
    const isMatch = shared >= 2 || (shared === 1 && (isBeside || parts.length === key.length));
    if (!isMatch) continue;
    const isBetter = !best || shared > best.shared || (shared === best.shared && near > best.near);
    if (isBetter) best = { name, shared, near };
  }
  return best?.name;
}

function countShared(a: readonly string[], b: readonly string[]): number {
  const end = a.findIndex((part, index) => part !== b[index]);
  return end < 0 ? a.length : end;
}

/** The parts of a path, object key or URL; a URL's scheme and bucket are left out. */
function toParts(key: string): string[] {
  return key
    .replace(/^[a-z0-9]+:\/\/[^/]+\//i, '')
    .split('/')
    .filter((part) => part !== '');
}
