import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../../errors.ts';
import { isManifestName, type Manifest, readManifest } from './manifest.ts';
import { findListed, requireListed } from './resolve-files.ts';

/** A local file of a delivery; `name` is its path under the folder that is imported, with `/`. */
export type DeliveredFile = { name: string; path: string; sizeBytes: number };

/** What is to be imported together. Without a manifest the periods are those that the rows have. */
export type Candidate = {
  source: string;
  manifest: string | null;
  billingPeriod: string | undefined;
  deliveredAt: Date;
  files: DeliveredFile[];
};

export type Discovery = { candidates: Candidate[]; warnings: string[] };

const COST_FILE = /\.(parquet|csv|tsv|txt|gz|zst|zip)$/i;
const MAX_SOURCE_CHARACTERS = 100;

/**
 * Finds what to import: a single file; or a folder, in which only the files that manifests list count, each export's
 * newest delivery of each period; or, where there is no manifest, all cost files.
 *
 * @throws InputError where there is nothing to import, a listed file is missing, or one name stands for two exports.
 */
export async function discoverDeliveries(location: string, sourceName?: string): Promise<Discovery> {
  const root = path.resolve(location);
  const info = await stat(root).catch(() => undefined);
  if (!info) throw new InputError('no such file or folder', { where: location });
  if (info.isFile()) return discoverFile(root, sourceName);
  const names = await listNames(root);
  const manifests: Manifest[] = [];
  for (const name of names.filter(isManifestName)) {
    const manifest = await readManifest(root, name);
    if (manifest) manifests.push(manifest);
  }
  const costFiles = names.filter((name) => COST_FILE.test(name));
  if (manifests.length > 0) return discoverExports(root, costFiles, manifests, sourceName);
  if (costFiles.length === 0) {
    throw new InputError('holds no manifest and no cost file', {
      where: location,
      remedy: 'Files end in .parquet, .csv, .csv.gz, .csv.zst or .zip.',
    });
  }
  const files = await Promise.all(costFiles.map((name) => describeFile(root, name)));
  return {
    candidates: [
      {
        source: toSourceName(sourceName ?? path.basename(root)),
        manifest: null,
        billingPeriod: undefined,
        deliveredAt: newest(files),
        files,
      },
    ],
    warnings: [`${location} has no manifest: all of its ${files.length} cost files count`],
  };
}

async function discoverFile(file: string, sourceName?: string): Promise<Discovery> {
  const name = path.basename(file);
  const described = await describeFile(path.dirname(file), name);
  const source = toSourceName(
    sourceName ?? name.replace(/(\.(parquet|snappy|csv|tsv|txt|gz|zst|zip))+$/i, ''),
  );
  const deliveredAt = newest([described]);
  return {
    candidates: [{ source, manifest: null, billingPeriod: undefined, deliveredAt, files: [described] }],
    warnings: [],
  };
}

async function discoverExports(
  root: string,
  costFiles: readonly string[],
  manifests: readonly Manifest[],
  sourceName?: string,
): Promise<Discovery> {
  const locations = new Map<string, Manifest>();
  const newestOf = new Map<string, { source: string; manifest: Manifest }>();
  for (const manifest of manifests.toSorted(byDelivery)) {
    const source = toSourceName(sourceName ?? (manifest.exportName || path.basename(root)));
    requireOneExport(locations, source, manifest, root);
    newestOf.set(`${source} ${manifest.billingPeriod ?? manifest.name}`, { source, manifest });
  }
  const listed = new Set(
    manifests.flatMap((manifest) => findListed(costFiles, manifest).flatMap(({ name }) => name ?? [])),
  );
  const candidates = await Promise.all(
    [...newestOf.values()].map(async ({ source, manifest }) => ({
      source,
      manifest: manifest.name,
      billingPeriod: manifest.billingPeriod,
      deliveredAt: manifest.deliveredAt,
      files: await Promise.all(
        requireListed(root, costFiles, manifest).map((name) => describeFile(root, name)),
      ),
    })),
  );
  const unlisted = costFiles.filter((name) => !listed.has(name));
  const warnings =
    unlisted.length === 0
      ? []
      : [`ignored ${unlisted.length} files that no manifest lists, such as ${unlisted[0]}`];
  return { candidates: candidates.sort(byPeriod), warnings };
}

function requireOneExport(
  locations: Map<string, Manifest>,
  source: string,
  manifest: Manifest,
  root: string,
): void {
  const known = locations.get(source);
  if (known && known.location !== manifest.location) {
    throw new InputError(
      `${known.location} and ${manifest.location} are two exports; both would be the source "${source}"`,
      { where: root, remedy: 'Import them one at a time, each with its own --source.' },
    );
  }
  locations.set(source, manifest);
}

function byDelivery(a: Manifest, b: Manifest): number {
  return (
    Number(b.isCopy) - Number(a.isCopy) ||
    a.deliveredAt.getTime() - b.deliveredAt.getTime() ||
    (a.name < b.name ? -1 : 1)
  );
}

function byPeriod(a: Candidate, b: Candidate): number {
  const [left, right] = [a, b].map(({ source, billingPeriod }) => `${source} ${billingPeriod ?? ''}`);
  return (left ?? '') < (right ?? '') ? -1 : 1;
}

/** All files under the root, hidden ones left out, in a fixed order. */
async function listNames(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter((name) => !name.split('/').some((part) => part.startsWith('.')))
    .sort();
}

async function describeFile(root: string, name: string): Promise<DeliveredFile & { modifiedAt: Date }> {
  const file = path.join(root, name);
  const { size, mtime } = await stat(file);
  return { name, path: file, sizeBytes: size, modifiedAt: mtime };
}

function newest(files: readonly { modifiedAt: Date }[]): Date {
  return new Date(Math.max(...files.map(({ modifiedAt }) => modifiedAt.getTime())));
}

/** Lower case letters, digits and hyphens. */
function toSourceName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  const source = plain.slice(0, MAX_SOURCE_CHARACTERS).replaceAll(/^-+|-+$/g, '');
  if (source === '') {
    throw new InputError(`${JSON.stringify(name)} gives no name for the source`, {
      remedy: 'Give one of letters, digits and hyphens with --source.',
    });
  }
  return source;
}
