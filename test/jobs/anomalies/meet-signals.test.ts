import { expect, it } from 'vitest';
import { attributeExcess } from '../../../analytics/cause/attribute-excess.ts';
import type { Engine } from '../../../analytics/engine/duckdb.ts';
import { EMPTY_CALENDAR } from '../../../analytics/forecast/calendar.ts';
import type { Assembled } from '../../../analytics/jobs/anomalies/assemble-incident.ts';
import { type MetSignals, meetSignals } from '../../../analytics/jobs/anomalies/meet-signals.ts';
import type { FoundSignal } from '../../../analytics/jobs/anomalies/signals.ts';

const PLACE = {
  ...{ sub_account_id: '1', region_id: 'r', service_name: 'RDS', sku_meter: 'db', consumed_unit: 'h' },
  ...{ service: 'shop', environment: 'prod', team: 't', tier: '1', cost_center: 'c', owner: 'o' },
};

/** What 100 of the place became, or what a unit of the orders costs there. */
function lead(kind: 'usage_type' | 'unit_cost', excess: number): Assembled {
  const leaf = {
    key: 'a',
    values: PLACE,
    cost: BigInt(100 + excess),
    baseCost: 100n,
    quantity: 0,
    baseQuantity: 0,
  };
  return {
    departure: {
      bill: { kind, scope: { driver: kind === 'unit_cost' ? 'orders' : '' } },
      detection: { observed: 100 + excess, expected: 100 },
    },
    seriesId: kind,
    family: 'cost',
    direction: excess > 0 ? 'up' : 'down',
    from: '2026-10-06',
    to: '2026-10-12',
    score: 9,
    isSecondary: kind === 'unit_cost',
    parts: attributeExcess([leaf], 100n),
  } as unknown as Assembled;
}

function signal(changes: Partial<FoundSignal>): FoundSignal {
  return {
    ...{ seriesId: 'busy', measure: 'utilization', driver: '', resource_type: 'rds:db', resource_id: 'db' },
    ...{ service: 'shop', environment: 'prod', team: 't', sub_account_id: '1' },
    ...{
      direction: 'up',
      from: '2026-10-06',
      to: '2026-10-12',
      ratio: 2,
      score: 9,
      observed: 2,
      expected: 1,
    },
    ...changes,
  } as FoundSignal;
}
const BUSY = signal({});
const ORDERS = signal({
  ...{ seriesId: 'orders', measure: 'driver', driver: 'orders', resource_type: '', resource_id: '' },
  ...{ direction: 'down', ratio: 0.5 },
});

const owners = { query: async () => [{ driver: 'orders', ...PLACE }] } as unknown as Engine;
const namesOf = (met: readonly MetSignals[]) => met.map(({ group }) => group[0].seriesId);

async function meet(leads: Assembled[], signals: FoundSignal[]) {
  const { byLead, alone, absorbed } = await meetSignals(owners, leads, signals, EMPTY_CALENDAR);
  return {
    byLead: [...byLead].map(([{ seriesId }, met]) => [seriesId, namesOf(met)]),
    alone: alone.map(({ group, unitCostRatio }) => [group[0].seriesId, unitCostRatio]).toSorted(),
    absorbed: [...absorbed].map(({ seriesId }) => seriesId),
  };
}

it('tells a unit cost with the volume that moved it, and a utilization with the cost that it is part of', async () => {
  const unitCost = lead('unit_cost', 60);
  expect(await meet([unitCost], [ORDERS])).toEqual({
    byLead: [],
    alone: [['orders', 1.6]],
    absorbed: ['unit_cost'],
  });
  expect(await meet([unitCost], [BUSY])).toEqual({
    byLead: [['unit_cost', ['busy']]],
    alone: [],
    absorbed: [],
  });
});

it.each([[[BUSY, ORDERS]], [[ORDERS, BUSY]], [[{ ...BUSY, score: 20 }, ORDERS]]])(
  'loses no utilization with a unit cost that is told with its volume',
  async (signals) => {
    expect(await meet([lead('unit_cost', 60)], signals)).toEqual({
      byLead: [],
      alone: [
        ['busy', undefined],
        ['orders', 1.6],
      ],
      absorbed: ['unit_cost'],
    });
    const both = await meet([lead('unit_cost', 60), lead('usage_type', 80)], signals);
    expect(both).toMatchObject({ byLead: [['usage_type', ['busy']]], absorbed: ['unit_cost'] });
  },
);
