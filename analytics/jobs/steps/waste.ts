import { formatScaled, parseScaled } from '../../decimal-text.ts';
import { createRelation, type RelationRow } from '../../engine/relation.ts';
import { ContractError } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import { openJournal } from '../../lake/journal.ts';
import { ALLOCATION_DIMENSIONS } from '../../vocabulary.ts';
import { type CountedSaving, countSavings, type SavingCandidate } from '../../waste/count-savings.ts';
import {
  type Finding,
  judgementKey,
  type TrackedFinding,
  trackFindings,
} from '../../waste/finding-history.ts';
import { makeFindingId } from '../../waste/finding-id.ts';
import {
  type FindingState,
  foldState,
  STATED_BY_CONFIGURATION,
  type StatementEntry,
  WASTE_JOURNAL,
} from '../../waste/finding-state.ts';
import { readFindingHistory, readMonthlySavings, toMonth, writeFindingHistory } from '../finding-history.ts';
import { measureRealised } from '../realised-costs.ts';
import type { Step } from '../step.ts';

const TEXT = 'VARCHAR';
const DATE = 'DATE';
const AMOUNT = 'DECIMAL(38,12)';
/** What a compute commitment can cover; compare docs/commitments.md. */
const COMPUTE_TYPES = new Set(['ec2:instance', 'autoscaling:group', 'ecs:service', 'lambda:function']);
const NOT_COUNTED: CountedSaving = { isCounted: false, saving: 0n, deferred: 0n, alternativeTo: null };
const SHOWN_ROWS = 5;

const COLUMNS: Readonly<Record<string, string>> = {
  id: TEXT,
  detector: TEXT,
  status: TEXT,
  resource_type: TEXT,
  resource_id: TEXT,
  resource_name: TEXT,
  sub_account_id: TEXT,
  region_id: TEXT,
  scope: TEXT,
  group_id: TEXT,
  action: TEXT,
  cost_part: TEXT,
  reason: TEXT,
  observed: TEXT,
  threshold: TEXT,
  part_cost: AMOUNT,
  saving_cost: AMOUNT,
  is_counted: 'BOOLEAN',
  counted_saving_cost: AMOUNT,
  alternative_to: TEXT,
  deferred_saving_cost: AMOUNT,
  counted_deferred_saving_cost: AMOUNT,
  promised_saving_cost: AMOUNT,
  realised_saving_cost: AMOUNT,
  billing_currency: TEXT,
  confidence: 'DOUBLE',
  ...Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [name, TEXT])),
  remedy: TEXT,
  evidence: TEXT,
  first_found_date: DATE,
  last_found_date: DATE,
  resolved_date: DATE,
  reopened_date: DATE,
  planned_date: DATE,
  until: DATE,
  state_by: TEXT,
  state_at: TEXT,
  state_reason: TEXT,
  state_sequence: 'BIGINT',
};

/** What counted findings save, by month; the running month as it is now. */
const MONTH_COLUMNS = {
  billing_period: TEXT,
  team: TEXT,
  tier: TEXT,
  billing_currency: TEXT,
  counted_saving_cost: AMOUNT,
  idle_saving_cost: AMOUNT,
};

type Judged = Finding & {
  judgement: string;
  ignored_reason: string | null;
  ignored_until_date: string | null;
};

/**
 * Findings with their state, counted once, carried from run to run, and verified against the bill once they are gone.
 * What it keeps in the lake depends on earlier days only, so a run repeated ends in the same.
 */
export const wasteStep: Step = {
  name: 'waste',
  inputs: ['waste_findings', 'resource_groups', 'daily_cost'],
  outputs: { waste: COLUMNS, waste_months: MONTH_COLUMNS },
  async run(context) {
    const { engine, scratchFolder, store, asOf } = context;
    const rows = await engine.query('select * from waste_findings');
    const judged = rows.map((row): Judged => {
      const finding = row as unknown as Judged;
      return { ...finding, finding_id: makeFindingId(finding) };
    });
    checkSavings(judged);
    const previous = await readFindingHistory(context);
    const entries = await openJournal(store, WASTE_JOURNAL).readAll();
    const found = judged.filter(({ judgement }) => judgement === 'waste');
    const unknown = judged.filter(({ judgement }) => judgement !== 'waste');

    const ignored = new Map(found.flatMap((each) => (each.ignored_reason ? [[each.finding_id, each]] : [])));
    const stateOf = (finding: { finding_id: string; reopened_date?: string | null }) =>
      describeState(ignored.get(finding.finding_id), entries.get(finding.finding_id) ?? [], finding, asOf);
    const reopened = listReopened(previous, asOf);
    const counted = countSavings(
      found
        .filter(({ finding_id }) => {
          const reopened_date = reopened.get(finding_id) ?? null;
          return stateOf({ finding_id, reopened_date }).status !== 'dismissed';
        })
        .map(toCandidate),
    );
    const tracked = trackFindings({
      previous,
      found: found.map((finding) => ({
        ...withoutJudgement(finding),
        counted_saving_cost: formatScaled(counted.get(finding.finding_id)?.saving ?? 0n),
      })),
      unjudged: new Set(unknown.map(judgementKey)),
      asOf,
    });
    const realised = await measureRealised(context, tracked);
    for (const each of tracked) {
      if (!realised.has(each.finding_id)) continue;
      const saved = realised.get(each.finding_id);
      each.realised_saving_cost = saved === undefined ? null : formatScaled(saved);
    }
    await writeFindingHistory(context, tracked);

    await createRelation(engine, scratchFolder, 'waste_months', MONTH_COLUMNS, [
      ...((await readMonthlySavings(context)) as RelationRow[]),
      ...sumSavings(tracked, asOf),
    ]);
    const trackedIds = new Set(tracked.map(({ finding_id }) => finding_id));
    await createRelation(engine, scratchFolder, 'waste', COLUMNS, [
      ...tracked.map((each) => toRow(each, stateOf(each), counted.get(each.finding_id), asOf)),
      ...unknown
        .filter(({ finding_id }) => !trackedIds.has(finding_id))
        .map((each) => toUnknownRow(each, asOf)),
    ]);
  },
};

function sumSavings(tracked: readonly TrackedFinding[], asOf: string): RelationRow[] {
  const found = tracked.filter(({ last_found_date }) => last_found_date === asOf);
  const groups = groupBy(found, ({ team, tier, billing_currency }) =>
    JSON.stringify({ team, tier, billing_currency }),
  );
  const sum = (findings: readonly TrackedFinding[]) =>
    formatScaled(findings.reduce((total, each) => total + parseScaled(each.counted_saving_cost), 0n));
  return [...groups].map(([key, members]) => ({
    billing_period: toMonth(asOf),
    ...(JSON.parse(key) as RelationRow),
    counted_saving_cost: sum(members),
    idle_saving_cost: sum(members.filter(({ action }) => action === 'delete' || action === 'stop')),
  }));
}

/** A saving lies between nothing and what it is saved on; a detector that says otherwise is wrong. */
function checkSavings(findings: readonly Judged[]): void {
  const wrong = findings.filter(({ saving_cost, deferred_saving_cost, part_cost }) => {
    const saving = parseScaled(saving_cost);
    return saving < 0n || saving > parseScaled(part_cost) || parseScaled(deferred_saving_cost) < 0n;
  });
  if (wrong.length === 0) return;
  throw new ContractError(
    'a detector promises less than nothing, or more than the cost that it is about',
    wrong.slice(0, SHOWN_ROWS),
  );
}

function describeState(
  ignored: Judged | undefined,
  entries: readonly StatementEntry[],
  { reopened_date = null }: { reopened_date?: string | null },
  asOf: string,
): FindingState {
  const state = foldState(entries, asOf, reopened_date);
  if (!ignored) return state;
  return {
    ...state,
    status: 'dismissed',
    state_by: STATED_BY_CONFIGURATION,
    state_at: null,
    state_reason: ignored.ignored_reason,
    until: ignored.ignored_until_date,
    planned_date: null,
  };
}

/** Findings that were resolved before this run and are found again count from now on. */
function listReopened(previous: readonly TrackedFinding[], asOf: string): Map<string, string | null> {
  return new Map(
    previous.map((each) => [each.finding_id, each.resolved_date === null ? each.reopened_date : asOf]),
  );
}

function toCandidate(finding: Finding): SavingCandidate {
  const { scope, group_id, parent_group_id, service, environment, sub_account_id, resource_cost } = finding;
  const place = (group: string | null) => (group === null ? null : JSON.stringify([sub_account_id, group]));
  return {
    id: finding.finding_id,
    currency: finding.billing_currency,
    accountId: sub_account_id,
    resource: finding.resource_id,
    group: place(scope === 'group' ? group_id : parent_group_id),
    environment: scope === 'environment' ? group_id : `${service}|${environment}`,
    scope,
    action: finding.action,
    costPart: finding.cost_part,
    isCompute: COMPUTE_TYPES.has(finding.resource_type),
    saving: parseScaled(finding.saving_cost),
    deferred: parseScaled(finding.deferred_saving_cost),
    partCost: parseScaled(finding.part_cost),
    resourceCost: resource_cost === null ? null : parseScaled(resource_cost),
    confidence: finding.confidence,
  };
}

function withoutJudgement(finding: Judged): Finding {
  const { judgement: _, ignored_reason: __, ignored_until_date: ___, ...rest } = finding;
  return rest;
}

function toRow(
  finding: TrackedFinding,
  state: FindingState,
  { isCounted, saving, deferred, alternativeTo }: CountedSaving = NOT_COUNTED,
  asOf: string,
): RelationRow {
  const isFound = finding.last_found_date === asOf;
  return pickColumns({
    ...finding,
    ...state,
    id: finding.finding_id,
    status: finding.resolved_date === null ? state.status : 'resolved',
    reason: finding.is_unknown ? `cannot be judged now; before: ${finding.reason}` : finding.reason,
    saving_cost: isFound ? finding.saving_cost : '0',
    is_counted: isCounted,
    counted_saving_cost: formatScaled(saving),
    alternative_to: alternativeTo,
    deferred_saving_cost: isFound ? finding.deferred_saving_cost : '0',
    counted_deferred_saving_cost: formatScaled(deferred),
    promised_saving_cost: finding.counted_saving_cost,
  });
}

/** Nobody can act on it, but it must not pass for "not wasted" either. */
function toUnknownRow(finding: Judged, asOf: string): RelationRow {
  return pickColumns({
    ...finding,
    id: finding.finding_id,
    status: 'unknown',
    is_counted: false,
    counted_saving_cost: '0',
    counted_deferred_saving_cost: '0',
    promised_saving_cost: '0',
    first_found_date: asOf,
    last_found_date: asOf,
    state_sequence: 0,
  });
}

function pickColumns(values: Record<string, unknown>): RelationRow {
  return Object.fromEntries(
    Object.keys(COLUMNS).map((name) => [name, (values[name] ?? null) as RelationRow[string]]),
  );
}
