import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import * as z from 'zod';

const contractSchema = z.strictObject({
  description: z.string(),
  /** A view costs nothing to make; a table is computed once; the lake keeps its own and rebuilds what is stale. */
  materialized: z.enum(['table', 'view', 'lake']).default('table'),
  /** Of what the lake keeps: only so many billing periods, the newest; default: all. */
  newest_periods: z.int().positive().optional(),
  /** Published for `headroom show` and the API. */
  result: z.boolean().default(false),
  /** The columns that tell one row from another; empty where rows have no identity. */
  grain: z.array(z.string()),
  inputs: z.array(z.string()),
  columns: z.record(
    z.string(),
    z.strictObject({
      type: z.string(),
      nullable: z.boolean().default(true),
      unit: z.string().optional(),
      description: z.string().optional(),
    }),
  ),
  checks: z.array(z.enum(['unique'])).default([]),
  /** For each group of `by`, the sums of the measures equal those of `from`. */
  conserves: z
    .strictObject({ from: z.string(), by: z.array(z.string()), measures: z.array(z.string()) })
    .optional(),
});

/** What the yml beside a model's SQL declares. */
export type Contract = z.infer<typeof contractSchema>;

export type Model = { name: string; sql: string; contract: Contract };

const MODELS_FOLDER = fileURLToPath(new URL('../models/', import.meta.url));

/**
 * Reads every NAME.sql with its NAME.yml, in an order in which each comes after the models that it reads.
 *
 * @throws Error where a contract is missing or malformed, or models read each other in a circle.
 */
export async function loadModels(folder = MODELS_FOLDER): Promise<Model[]> {
  const files = await readdir(folder, { recursive: true });
  const models = await Promise.all(
    files
      .filter((file) => file.endsWith('.sql'))
      .sort()
      .map(async (file) => {
        const path = join(folder, file);
        const yml = await readFile(path.replace(/\.sql$/, '.yml'), 'utf8');
        const contract = contractSchema.parse(parse(yml), {
          error: () => `in ${path.replace(/\.sql$/, '.yml')}`,
        });
        return { name: basename(file, '.sql'), sql: await readFile(path, 'utf8'), contract };
      }),
  );
  return sortModels(models);
}

function sortModels(models: readonly Model[]): Model[] {
  const byName = new Map(models.map((model) => [model.name, model]));
  const sorted = new Set<Model>();
  const visit = (model: Model, path: readonly string[]): void => {
    if (path.includes(model.name))
      throw new Error(`models read each other: ${[...path, model.name].join(' -> ')}`);
    for (const input of model.contract.inputs) {
      const next = byName.get(input);
      if (next && !sorted.has(next)) visit(next, [...path, model.name]);
    }
    sorted.add(model);
  };
  for (const model of models) visit(model, []);
  return [...sorted];
}
