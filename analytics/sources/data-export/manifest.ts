import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { InputError } from '../../errors.ts';

/** What a manifest says of one delivery. `files` are object keys or URLs as it names them. */
export type Manifest = {
  /** Path relative to the folder that is imported, with `/`. */
  name: string;
  exportName: string;
  /** Tells exports of one name apart: where their data lies. */
  location: string;
  billingPeriod: string | undefined;
  deliveredAt: Date;
  /** A legacy report keeps a copy of each delivery's manifest with its files; the one above them says which counts. */
  isCopy: boolean;
  files: string[];
};

const COPY_NAME = /\d{8}-\d{8}\/[^/]+\/[^/]+$/;

/** AWS Data Exports, legacy AWS Cost and Usage Reports, Microsoft Cost Management exports. */
const manifestSchema = z.union([
  z.object({ dataFiles: z.array(z.string()), reportName: z.string().optional() }),
  z.object({
    reportKeys: z.array(z.string()),
    reportName: z.string().optional(),
    billingPeriod: z.object({ start: z.string() }).optional(),
  }),
  z.object({
    blobs: z.array(z.object({ blobName: z.string() })),
    exportConfig: z.object({ exportName: z.string() }),
    runInfo: z.object({ submittedTime: z.string().optional(), startDate: z.string().optional() }).optional(),
  }),
]);

const PERIOD_FOLDER = /(?:^|\/)(?:billing_period=(\d{4})-(\d{2})|(\d{4})(\d{2})\d{2}-\d{8})(?=\/)/i;
const EXECUTION_FOLDER = /(?:^|\/)(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z)-[0-9a-f-]+(?=\/)/i;
const MANIFEST_NAME = /^(.*?)[-_.]?manifest\.json$/i;

/** True for names that manifests have. */
export function isManifestName(file: string): boolean {
  return MANIFEST_NAME.test(path.posix.basename(file));
}

/**
 * Reads a manifest; undefined for JSON that is something else.
 *
 * @param name relative path of the file under `root`, with `/`.
 * @throws InputError where it is no JSON: then nothing says which files count.
 */
export async function readManifest(root: string, name: string): Promise<Manifest | undefined> {
  const file = path.join(root, name);
  let content: unknown;
  try {
    content = JSON.parse((await readFile(file, 'utf8')).replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new InputError(`the manifest cannot be read: ${(error as Error).message}`, {
      where: file,
      remedy: 'Copy it again; without it nothing says which files of the export count.',
      cause: error,
    });
  }
  const { success, data } = manifestSchema.safeParse(content);
  if (!success) return undefined;
  const modifiedAt = (await stat(file)).mtime;
  const files = listFiles(data);
  const places = [...files, name];
  return {
    name,
    files,
    exportName: nameExport(data) ?? MANIFEST_NAME.exec(path.posix.basename(name))?.[1] ?? '',
    location: (files[0] ?? name).replace(/\/(data\/)?(billing_period=|\d{8}-\d{8}\/).*$/i, ''),
    isCopy: 'reportKeys' in data && COPY_NAME.test(name),
    billingPeriod: findPeriod(places) ?? statePeriod(data),
    deliveredAt: findExecution(places) ?? stateTime(data) ?? modifiedAt,
  };
}

type Content = z.infer<typeof manifestSchema>;

function listFiles(content: Content): string[] {
  if ('blobs' in content) return content.blobs.map(({ blobName }) => blobName);
  return 'dataFiles' in content ? content.dataFiles : content.reportKeys;
}

function nameExport(content: Content): string | undefined {
  return 'blobs' in content ? content.exportConfig.exportName : content.reportName;
}

function statePeriod(content: Content): string | undefined {
  const start =
    'blobs' in content
      ? content.runInfo?.startDate
      : 'billingPeriod' in content
        ? content.billingPeriod?.start
        : undefined;
  const match = /^(\d{4})-?(\d{2})/.exec(start ?? '');
  return match ? `${match[1]}-${match[2]}` : undefined;
}

function stateTime(content: Content): Date | undefined {
  const time = 'blobs' in content ? content.runInfo?.submittedTime : undefined;
  const date = new Date(time ?? '');
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function findPeriod(places: readonly string[]): string | undefined {
  for (const place of places) {
    const match = PERIOD_FOLDER.exec(place);
    if (match) return `${match[1] ?? match[3]}-${match[2] ?? match[4]}`;
  }
  return undefined;
}

function findExecution(places: readonly string[]): Date | undefined {
  for (const place of places) {
    const match = EXECUTION_FOLDER.exec(place);
    if (match?.[1]) return new Date(match[1]);
  }
  return undefined;
}
