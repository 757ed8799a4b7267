import { createLakeView } from '../../engine/lake-view.ts';
import { column } from '../../lake/table-schema.ts';
import { MONEY } from '../../lake/tables.ts';
import { listCloses } from '../../results/closes.ts';
import { resultKey } from '../../results/result-keys.ts';
import { readSnapshot } from '../../results/snapshot.ts';
import { TABLES } from '../../results/tables.ts';
import type { Step } from '../step.ts';

const { name: BRIDGE, dimensions, measures } = TABLES.variance_bridge;
const SCHEMA = {
  name: 'published_bridges',
  description: 'The published bridges that closes pin, whole',
  columns: [
    ...dimensions.map((name) => column(name, 'string', false, '')),
    ...measures.map(({ name }) => column(name, MONEY, true, '')),
    column('closed_period', 'string', false, 'The month that was closed with it'),
  ],
  partitionBy: ['closed_period'],
};

/** Leaves the bridges of the closed months as closed, from the published versions that the closes pin. */
export const closedBridges: Step = {
  name: 'closed_bridges',
  inputs: [],
  outputs: {
    closed_bridges: Object.fromEntries([
      ...dimensions.map((name) => [name, 'VARCHAR']),
      ...measures.map(({ name }) => [name, 'DECIMAL(38,12)']),
    ]),
  },
  async run({ engine, store }) {
    const closes = await listCloses(store);
    const partitions = await Promise.all(
      [...closes].map(async ([closed_period, { results_version }]) => {
        const { manifest } = await readSnapshot(store, results_version);
        const paths =
          BRIDGE in manifest.tables
            ? await store.localPaths([resultKey(results_version, BRIDGE, 'parquet')])
            : [];
        return { values: { closed_period }, paths };
      }),
    );
    await createLakeView(engine, SCHEMA, partitions);
    const columns = [...dimensions, ...measures.map(({ name }) => name)];
    await engine.run(
      `create or replace table closed_bridges as
       select ${columns.join(', ')} from ${SCHEMA.name} where billing_period = closed_period`,
    );
    await engine.run(`drop view ${SCHEMA.name}`);
  },
};
