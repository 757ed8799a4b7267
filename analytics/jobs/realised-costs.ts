import { parseScaled } from '../decimal-text.ts';
import { createRelation } from '../engine/relation.ts';
import { addDays } from '../sources/days.ts';
import type { TrackedFinding } from '../waste/finding-history.ts';
import { type ResolvedFinding, verifySavings } from '../waste/realised-saving.ts';
import { LATE_DAYS } from './months.ts';
import type { StepContext } from './step.ts';

const DAY_MILLISECONDS = 86_400_000;
const WINDOW_DAYS = 30;
/** Bills are restated; after so many days what was verified stays. */
const SETTLED_DAYS = 95;

type Windows = { beforeFrom: string; beforeUntil: string; afterFrom: string; afterUntil: string };

/**
 * What resolved findings really saved, by finding id, from the bill: the 30 days before they were last found against the
 * first 30 days after they were gone, or as many of those as are complete. Only findings that are not settled yet.
 */
export async function measureRealised(
  { engine, scratchFolder, asOf }: Pick<StepContext, 'engine' | 'scratchFolder' | 'asOf'>,
  findings: readonly TrackedFinding[],
): Promise<Map<string, bigint | undefined>> {
  const settledBefore = addDays(asOf, -SETTLED_DAYS);
  const resolved = findings.filter(({ resolved_date: date }) => date !== null && date >= settledBefore);
  if (resolved.length === 0) return new Map();
  const windows = new Map(resolved.map((each) => [each.finding_id, chooseWindows(each, resolved, asOf)]));
  await createRelation(
    engine,
    scratchFolder,
    'resolved_findings',
    {
      finding_id: 'VARCHAR',
      scope: 'VARCHAR',
      account_id: 'VARCHAR',
      resource_id: 'VARCHAR',
      place: 'VARCHAR',
      billing_currency: 'VARCHAR',
      before_from: 'DATE',
      before_until: 'DATE',
      after_from: 'DATE',
      after_until: 'DATE',
    },
    resolved.flatMap((each) => {
      const { beforeFrom, beforeUntil, afterFrom, afterUntil } = windows.get(each.finding_id) as Windows;
      return listNames(each).map((resource_id) => ({
        finding_id: each.finding_id,
        scope: each.scope,
        account_id: each.sub_account_id,
        resource_id,
        place: each.group_id,
        billing_currency: each.billing_currency,
        before_from: beforeFrom,
        before_until: beforeUntil,
        after_from: afterFrom,
        after_until: afterUntil,
      }));
    }),
  );
  const rows = await engine.query(COSTS_SQL);
  await engine.run('drop table resolved_findings');
  const costs = new Map(rows.map((row) => [String(row.finding_id), row]));
  return verifySavings(
    resolved.map((each): ResolvedFinding => {
      const row = costs.get(each.finding_id);
      const { afterFrom, afterUntil } = windows.get(each.finding_id) as Windows;
      const days = Math.round((Date.parse(afterUntil) - Date.parse(afterFrom)) / DAY_MILLISECONDS);
      const cost = (column: string) => parseScaled(String(row?.[column] ?? '0'));
      return {
        id: each.finding_id,
        entity: entityOf(each),
        parents: parentsOf(each),
        wasCounted: parseScaled(each.counted_saving_cost) > 0n,
        promised: parseScaled(each.saving_cost),
        partCost: parseScaled(each.part_cost),
        costBefore: cost('before_cost'),
        after: days > 0 ? { cost: cost('after_cost'), days } : null,
      };
    }),
  );
}

/** Usage as billed. An environment is what is allocated to it now; a group, what the inventory saw in it. */
const COSTS_SQL = `
  with spans as (
    select min(before_from) as from_date, max(after_until) as until_date from resolved_findings
  ),
  days as (
    select d.* from daily_cost as d cross join spans as s
    where d.charge_category = 'Usage' and d.charge_date >= s.from_date and d.charge_date < s.until_date
  ),
  members as (
    select finding_id, account_id, resource_id, billing_currency, before_from, before_until, after_from, after_until
    from resolved_findings where scope in ('resource', 'account')
    union
    select f.finding_id, f.account_id, unnest([g.resource_id, g.arn]) as resource_id, f.billing_currency,
      f.before_from, f.before_until, f.after_from, f.after_until
    from resolved_findings as f
    join resource_groups as g on g.account_id = f.account_id and g.group_id = f.place
    where f.scope = 'group'
  ),
  charged as (
    select f.finding_id, d.charge_date, d.effective_cost, f.before_from, f.before_until, f.after_from, f.after_until
    from members as f
    join days as d
      on d.sub_account_id = f.account_id and d.resource_id = f.resource_id and d.billing_currency = f.billing_currency
    union all
    select f.finding_id, d.charge_date, d.effective_cost, f.before_from, f.before_until, f.after_from, f.after_until
    from resolved_findings as f
    join days as d
      on concat(d.service, '|', d.environment) = f.place and d.billing_currency = f.billing_currency
    where f.scope = 'environment'
  )
  select
    finding_id,
    cast(sum(case when charge_date >= before_from and charge_date < before_until then effective_cost else 0 end)
      as decimal(38,12)) as before_cost,
    cast(sum(case when charge_date >= after_from and charge_date < after_until then effective_cost else 0 end)
      as decimal(38,12)) as after_cost
  from charged
  group by finding_id`;

function chooseWindows(finding: TrackedFinding, resolved: readonly TrackedFinding[], asOf: string): Windows {
  const resolvedDate = finding.resolved_date as string;
  const beforeUntil = addDays(finding.last_found_date, -LATE_DAYS);
  // What is changed later on the same thing is not this finding's doing.
  const next = resolved
    .filter((each) => entityOf(each) === entityOf(finding))
    .map((each) => each.resolved_date as string)
    .filter((date) => date > resolvedDate)
    .sort()[0];
  const ends = [addDays(resolvedDate, WINDOW_DAYS), addDays(asOf, -LATE_DAYS), ...(next ? [next] : [])];
  const end = ends.sort()[0] as string;
  return {
    beforeFrom: addDays(beforeUntil, -WINDOW_DAYS),
    beforeUntil,
    afterFrom: resolvedDate,
    afterUntil: end > resolvedDate ? end : resolvedDate,
  };
}

/** The names under which bills may have a resource. */
function listNames({ scope, resource_id, arn }: TrackedFinding): string[] {
  if (scope !== 'resource' || arn === null) return [resource_id];
  const last = /[a-z]+-[0-9a-f]{8,17}$/.exec(arn)?.[0];
  return [...new Set([resource_id, arn, ...(last === undefined ? [] : [last])])];
}

function entityOf(finding: TrackedFinding): string {
  const { scope, sub_account_id, resource_id, group_id, billing_currency } = finding;
  if (scope === 'environment') return key('environment', group_id, billing_currency);
  if (scope === 'group') return key('group', sub_account_id, group_id, billing_currency);
  return key('resource', sub_account_id, resource_id, billing_currency);
}

function parentsOf(finding: TrackedFinding): string[] {
  const { scope, sub_account_id, parent_group_id, service, environment, billing_currency } = finding;
  if (scope === 'environment' || scope === 'account') return [];
  const around = key('environment', `${service}|${environment}`, billing_currency);
  if (scope === 'group') return [around];
  return parent_group_id === null
    ? [around]
    : [key('group', sub_account_id, parent_group_id, billing_currency), around];
}

function key(...parts: (string | null)[]): string {
  return JSON.stringify(parts);
}
