import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { importPath } from '../../analytics/jobs/import.ts';
import { runModels } from '../../analytics/jobs/run.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import { generateDemo } from '../../demo/generate.ts';
import { ask, hashResults } from '../support/results.ts';

const AS_OF = '2026-10-20';

let root: string;
let config: string;
/** One folder a billing period, each a delivery of the same source. */
let periods: string[];
let demo: { store: ObjectStore; lake: string };

async function openLake(name: string) {
  const lake = await mkdtemp(path.join(root, `${name}-`));
  return { store: await openFolderStore(lake), lake };
}

async function publish(store: ObjectStore) {
  return runModels({ store, configuration: await loadConfiguration(config), asOf: AS_OF });
}

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'headroom-run-'));
  config = path.join(root, 'config');
  const folder = path.join(root, 'exports');
  await generateDemo({ folder, configFolder: config, seed: 5, asOf: AS_OF, lines: 12_000, months: 3 });
  demo = await openLake('demo');
  await importPath({ store: demo.store, path: folder });
  await publish(demo.store);
  const data = path.join(folder, 'export', 'acme-focus', 'data');
  periods = ['2026-08', '2026-09', '2026-10'].map((period) => path.join(data, `BILLING_PERIOD=${period}`));
});

afterAll(() => rm(root, { recursive: true, force: true }));

describe('a run', () => {
  it('conserves the bill through allocation, whatever the dimensions it is read by', async () => {
    const totals = async (by: string[]) => {
      const { control } = await ask(demo.store, { result: 'costs', month: 'all', by });
      return control.totals.map(({ billed_cost, effective_cost, line_count }) => ({
        billed_cost,
        effective_cost,
        line_count,
      }));
    };
    const whole = await totals(['billing_currency']);
    for (const by of [
      ['team'],
      ['cost_center', 'allocation_kind'],
      ['service_name', 'region_id', 'tier'],
      ['owner', 'environment'],
    ]) {
      expect(await totals(by)).toEqual(whole);
    }
    const { rows } = await ask(demo.store, { result: 'reconciliation', by: ['billing_currency'] });
    expect(rows[0]).toMatchObject({
      published_billed_cost: whole[0]?.billed_cost,
      difference_billed_cost: '0',
      is_reconciled: true,
    });
  });

  it('computes nothing anew while nothing changed, and ends in the same version', async () => {
    const first = await publish(demo.store);
    const second = await publish(demo.store);
    expect(second.rebuiltPeriods).toEqual([]);
    expect(second.version).toBe(first.version);
  });

  it('never shows more tagged than taggable', async () => {
    const { rows } = await ask(demo.store, {
      result: 'tagging',
      month: 'all',
      by: ['billing_period', 'team', 'service_name'],
    });
    expect(rows.length).toBeGreaterThan(50);
    for (const { coverage_ratio } of rows)
      if (coverage_ratio !== null) expect(coverage_ratio).toBeLessThanOrEqual(1);
  });

  it('publishes the same bytes whatever the order and repetition of the imports', async () => {
    const order = fc.shuffledSubarray([0, 1, 2], { minLength: 3 });
    const again = fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 });
    let wanted: string[] | undefined;
    await fc.assert(
      fc.asyncProperty(order, again, async (first, repeated) => {
        const { store, lake } = await openLake('order');
        for (const index of [...first, ...repeated]) {
          await importPath({ store, path: periods[index] as string, sourceName: 'acme-focus' });
        }
        await publish(store);
        const hashes = await hashResults(lake);
        wanted ??= hashes;
        expect(hashes).toEqual(wanted);
        await rm(lake, { recursive: true });
      }),
      { numRuns: 6 },
    );
  });

  it('of a lake without charges says what to do', async () => {
    const { store } = await openLake('empty');
    await expect(publish(store)).rejects.toThrow('holds no charges');
  });
});
