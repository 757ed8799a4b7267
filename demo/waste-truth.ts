import type { DuckDBConnection } from '@duckdb/node-api';
import type { Window } from './calendar.ts';
import type { Reservation, SavingsPlan } from './commitments.ts';
import { formatAmount, queryRows } from './database.ts';
import { ENVIRONMENTS } from './estate/environments.ts';
import { listAccountCharges } from './estate/estate.ts';
import type { Organisation } from './resources.ts';
import type { LookAlike, PlantedWaste, Truth } from './truth.ts';
import { ACCOUNTS, PAYER, SERVICES } from './world.ts';

/** The days that a saving is told for end where the bill is complete. */
const LATE_DAYS = 2;
const SAVING_DAYS = 30;
/** A commitment that ends so soon is planted; up to the later day one may see it either way. */
const EXPIRING_DAYS = { planted: 30, debatable: 62 };
const UNUSED_RATIO = { planted: 0.1, debatable: 0.005 };

/** Planted waste, what looks like it, and what one may call so. */
export async function describeWaste(
  connection: DuckDBConnection,
  schema: string,
  window: Window,
  organisation: Organisation,
  reservations: readonly Reservation[],
  plans: readonly SavingsPlan[],
): Promise<Pick<Truth, 'waste' | 'look_alikes' | 'debatable'>> {
  const costs = await costByResource(connection, schema, window);
  const { estate } = organisation;
  const planted = estate.flatMap((one) =>
    one.waste.map(({ detector, savingRatio }): PlantedWaste => {
      const cost = costs.get(one.billedId ?? one.id) ?? 0n;
      return {
        detector,
        resource_id: one.id,
        sub_account_id: one.accountId,
        service: one.service.name,
        environment: one.environment,
        expected_saving_cost:
          savingRatio === null
            ? null
            : formatAmount((cost * BigInt(Math.round(savingRatio * 1e6))) / 1_000_000n),
      };
    }),
  );
  const accountWide =
    estate.length === 0
      ? []
      : listAccountCharges(1).map(({ accountId }) => inAccount('cloudtrail_duplicate', accountId));
  const environments =
    estate.length === 0
      ? []
      : ENVIRONMENTS.filter(({ isUsed }) => !isUsed).map(
          ({ service, environment }): PlantedWaste => ({
            ...inAccount(
              'environment_unused',
              SERVICES.find(({ name }) => name === service)?.accounts[environment] ?? '',
            ),
            resource_id: `${service}|${environment}`,
            service,
            environment,
          }),
        );
  const commitments = await describeCommitments(connection, schema, window, [...plans, ...reservations]);
  const lookAlikes = estate.flatMap(({ lookAlike, id }): LookAlike[] =>
    lookAlike === null ? [] : [{ kind: lookAlike, resource_id: id }],
  );
  const debatable = estate.flatMap(({ debatable: detectors, id }) =>
    detectors.map((detector) => ({ detector, resource_id: id })),
  );
  return {
    waste: [...planted, ...accountWide, ...environments, ...commitments.waste],
    look_alikes: lookAlikes,
    debatable: [
      ...debatable,
      ...commitments.debatable,
      ...measuredOtherwise(organisation),
      { detector: 'savings_plan_purchase', resource_id: PAYER.id },
      // Its trail of all accounts is what an auditor asks for.
      { detector: 'cloudtrail_duplicate', resource_id: ACCOUNTS.security.id },
    ],
  };
}

/** Storage of small environments that is charged without reads, and streams with the shards of their busiest hour. */
function measuredOtherwise({ estate, streams }: Organisation): Truth['debatable'] {
  const own = new Set(estate.map(({ id }) => id));
  return streams.flatMap(({ resourceId, meter, environment }) => {
    if (resourceId === null || own.has(resourceId)) return [];
    if (meter === 's3Storage' && environment !== 'prod')
      return [{ detector: 's3_cold', resource_id: resourceId }];
    return meter === 'shardHours' ? [{ detector: 'kinesis_overprovisioned', resource_id: resourceId }] : [];
  });
}

function inAccount(detector: string, accountId: string): PlantedWaste {
  return {
    detector,
    resource_id: accountId,
    sub_account_id: accountId,
    service: '',
    environment: '',
    expected_saving_cost: null,
  };
}

/** Effective cost on demand of the last complete days, by resource, in ten-billionths. */
async function costByResource(
  connection: DuckDBConnection,
  schema: string,
  { end }: Window,
): Promise<Map<string, bigint>> {
  const rows = await queryRows<{ resource_id: string; cost: bigint }>(
    connection,
    `select s.resource_id, sum(c.effective_e10)::hugeint as cost
     from ${schema}.line c join ${schema}.stream s on s.stream_no = c.stream_no
     where c.kind = 'usage' and s.slot is null and s.resource_id is not null
       and c.start_day >= ${end - LATE_DAYS - SAVING_DAYS} and c.start_day < ${end - LATE_DAYS}
     group by s.resource_id`,
  );
  return new Map(rows.map(({ resource_id, cost }) => [resource_id, cost]));
}

/** Commitments that went unused in the last complete days, and those that end soon. */
async function describeCommitments(
  connection: DuckDBConnection,
  schema: string,
  { start, end }: Window,
  commitments: readonly { commitmentNo: number; id: string; accountId: string; start: number; end: number }[],
): Promise<Pick<Truth, 'waste' | 'debatable'>> {
  const rows = await queryRows<{ commitment_no: number; ratio: number }>(
    connection,
    `select commitment_no, coalesce(sum(effective_e10) filter (kind = 'unused'), 0) / sum(effective_e10) as ratio
     from ${schema}.line
     where commitment_no is not null and kind in ('covered', 'unused')
       and start_day >= ${end - LATE_DAYS - SAVING_DAYS} and start_day < ${end - LATE_DAYS}
     group by commitment_no order by commitment_no`,
  );
  const result: Pick<Truth, 'waste' | 'debatable'> = { waste: [], debatable: [] };
  const judge = (
    detector: string,
    commitment: { id: string; accountId: string },
    isPlanted: boolean,
    isDebatable: boolean,
  ) => {
    if (isPlanted)
      result.waste.push({ ...inAccount(detector, commitment.accountId), resource_id: commitment.id });
    else if (isDebatable) result.debatable.push({ detector, resource_id: commitment.id });
  };
  for (const commitment of commitments) {
    const ratio = rows.find(({ commitment_no }) => commitment_no === commitment.commitmentNo)?.ratio ?? 0;
    judge('commitment_unused', commitment, ratio >= UNUSED_RATIO.planted, ratio >= UNUSED_RATIO.debatable);
    const days = commitment.end - end;
    judge(
      'commitment_expiring',
      commitment,
      // When it ends is known where the bill holds its purchase.
      days >= 0 && days <= EXPIRING_DAYS.planted && commitment.start >= start,
      days <= EXPIRING_DAYS.debatable && days > -30,
    );
  }
  return result;
}
