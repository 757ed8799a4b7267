import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../../analytics/configuration/load-configuration.ts';
import { loadModels } from '../../../analytics/engine/model.ts';
import { importPath } from '../../../analytics/jobs/import.ts';
import { runModels } from '../../../analytics/jobs/run.ts';
import { vacuumLake } from '../../../analytics/jobs/vacuum.ts';
import { openFolderStore } from '../../../analytics/lake/folder-store.ts';
import { modelTable } from '../../../analytics/lake/model-table.ts';
import type { ObjectStore } from '../../../analytics/lake/object-store.ts';
import type { TableSchema } from '../../../analytics/lake/table-schema.ts';
import { CHARGES, IMPORT_TABLES } from '../../../analytics/lake/tables.ts';
import { generateDemo } from '../../../demo/generate.ts';
import { readTable } from '../../support/cost-files.ts';

const PYTHON = process.env.HEADROOM_PYTHON ?? 'python3';
const probe = spawnSync(PYTHON, ['-c', 'import deltalake, pyarrow'], { encoding: 'utf8' });
const isMissing = probe.status !== 0;
if (isMissing) console.warn(`lake tables: skipped, ${PYTHON} cannot import deltalake. Set HEADROOM_PYTHON.`);

const SUM = `
import decimal, json, os, sys
from deltalake import DeltaTable
table = DeltaTable(sys.argv[1]).to_pyarrow_table()
def total(name):
    if name not in table.column_names: return None
    return format(sum((v for v in table[name].to_pylist() if v is not None), decimal.Decimal(0)), 'f')
print(json.dumps({'rows': table.num_rows, 'billed_cost': total('billed_cost'), 'effective_cost': total('effective_cost')}), flush=True)
# Arrow's threads may outlive the interpreter, which then aborts; the answer is out.
os._exit(0)
`;

let root: string;
let store: ObjectStore;
let lake: string;
let schemas: TableSchema[];

function readWithDeltaRs(table: string) {
  return JSON.parse(
    execFileSync(PYTHON, ['-c', SUM, path.join(lake, 'tables', table)], { encoding: 'utf8' }),
  );
}

async function readWithHeadroom(schema: TableSchema) {
  const has = (name: string) => schema.columns.some((column) => column.name === name);
  const sum = (name: string) => (has(name) ? `coalesce(sum(${name}), 0)` : 'null');
  const parts = await readTable(
    store,
    schema,
    `count(*) as row_count, ${sum('billed_cost')} as billed_cost, ${sum('effective_cost')} as effective_cost`,
  );
  const add = (name: string) =>
    has(name) ? parts.reduce((total, part) => total + BigInt(String(part[name]).replace('.', '')), 0n) : null;
  return {
    rows: parts.reduce((total, part) => total + Number(part.row_count), 0),
    billed_cost: add('billed_cost'),
    effective_cost: add('effective_cost'),
  };
}

async function expectSameRows() {
  for (const schema of schemas) {
    const { rows, billed_cost, effective_cost } = readWithDeltaRs(schema.name);
    const scaled = (text: string | null) => (text === null ? null : scale(text));
    expect({
      table: schema.name,
      rows,
      billed_cost: scaled(billed_cost),
      effective_cost: scaled(effective_cost),
    }).toEqual({
      table: schema.name,
      ...(await readWithHeadroom(schema)),
    });
  }
}

/** Decimal text in units of 10^-12. */
function scale(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(12, '0'));
}

describe.skipIf(isMissing)(
  'delta-rs reads every table of the lake with the rows and sums that we read',
  () => {
    beforeAll(async () => {
      root = await mkdtemp(path.join(tmpdir(), 'headroom-readers-'));
      lake = path.join(root, 'lake');
      store = await openFolderStore(lake);
      const models = (await loadModels()).filter(({ contract }) => contract.materialized === 'lake');
      schemas = [...IMPORT_TABLES, ...models.map(modelTable)].filter(({ name }) => name !== 'quarantine');
      for (const asOf of ['2026-10-18', '2026-10-20']) {
        const config = path.join(root, 'config');
        const folder = path.join(root, `exports-${asOf}`);
        await generateDemo({ folder, configFolder: config, seed: 9, asOf, lines: 12_000, months: 3 });
        await importPath({ store, path: folder });
        await runModels({ store, configuration: await loadConfiguration(config), asOf });
      }
    });

    afterAll(() => rm(root, { recursive: true, force: true }));

    it('after deliveries were replaced', async () => {
      await expectSameRows();
      expect(readWithDeltaRs(CHARGES.name).rows).toBeGreaterThan(10_000);
    });

    it('after vacuum', async () => {
      const report = await vacuumLake({ store, retentionHours: 0.000001 });
      expect(report.find(({ table }) => table === 'charges')?.removed.length).toBeGreaterThan(0);
      await expectSameRows();
    });
  },
);
