/** One measured step of bench/pipeline-speed, in a process of its own so that its peak memory is its own. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfiguration } from '../analytics/configuration/load-configuration.ts';
import { openDuckdb, quoteText } from '../analytics/engine/duckdb.ts';
import { importPath } from '../analytics/jobs/import.ts';
import { runModels } from '../analytics/jobs/run.ts';
import { openFolderStore } from '../analytics/lake/folder-store.ts';
import { generateMonth } from '../demo/generate-month.ts';

export type StepResult = {
  seconds: number;
  cpuSeconds: number;
  peakGib: number;
  phases: Record<string, number>;
};

const DEFAULT_MONTHS = '2026-10';
const SEED = 7;

const [step = '', folder = '', size = '0', memory = '4', months = DEFAULT_MONTHS] = process.argv.slice(2);
const phases: Record<string, number> = {};
let phase = '';
let phaseStart = performance.now();

/** Adds up the time of each phase; the name up to the first space is the phase. */
function onProgress(progress: { phase: string }): void {
  const name = progress.phase.split(' ')[0] ?? '';
  if (name === phase) return;
  endPhase();
  phase = name;
}

function endPhase(): void {
  const now = performance.now();
  if (phase !== '') phases[phase] = (phases[phase] ?? 0) + (now - phaseStart) / 1000;
  phaseStart = now;
}

const started = performance.now();
await runStep();
endPhase();
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
const result: StepResult = {
  seconds: (performance.now() - started) / 1000,
  cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
  peakGib: maxRSS / 2 ** 20,
  phases,
};
process.stdout.write(`${JSON.stringify(result)}\n`);

async function runStep(): Promise<void> {
  const exports = join(folder, 'exports');
  const lake = join(folder, 'lake');
  if (step === 'generate') {
    for (const month of months.split(','))
      await generateMonth({ folder: join(exports, month), month, lines: Number(size), seed: SEED });
  } else if (step === 'floor') await runFloor(exports, Number(memory));
  else if (step === 'import' || step === 'run') {
    const store = await openFolderStore(lake);
    const engine = await openDuckdb({
      tempFolder: await store.scratchFolder(),
      memoryLimitGib: Number(memory),
    });
    if (step === 'import') await importPath({ store, path: exports, engine, onProgress });
    else {
      const configuration = await loadConfiguration(join(folder, 'config'));
      await runModels({ store, configuration, engine, onProgress });
    }
    engine.close();
  } else throw new Error(`no such step: ${step}`);
}

/** DuckDB alone: the same Parquet once, one aggregate with daily_cost's columns, tags taken as they are. */
async function runFloor(exports: string, memoryLimitGib: number): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'headroom-floor-'));
  const engine = await openDuckdb({ tempFolder: scratch, memoryLimitGib });
  const files = (await readdir(exports, { recursive: true })).filter((file) => file.endsWith('.parquet'));
  const list = files.map((file) => quoteText(join(exports, file))).join(', ');
  try {
    await engine.copy(
      `select cast(ChargePeriodStart as date) as charge_date, false as is_spread, 'bench' as source,
         strftime(BillingPeriodStart, '%Y-%m') as billing_period, ProviderName, BillingAccountId, SubAccountId, ServiceName,
         RegionId, ResourceId, SkuMeter, ChargeCategory, ChargeClass, ChargeFrequency, PricingCategory,
         CommitmentDiscountId, CommitmentDiscountStatus, ConsumedUnit, BillingCurrency,
         Tags['team'] as team, Tags['service'] as service, Tags['environment'] as environment, null as tier,
         Tags['cost_center'] as cost_center, Tags['owner'] as owner, null as shared_no, '' as missing_tags,
         sum(cast(BilledCost as decimal(38,12))) as billed_cost, sum(cast(EffectiveCost as decimal(38,12))) as effective_cost,
         sum(cast(ListCost as decimal(38,12))) as list_cost, sum(cast(ContractedCost as decimal(38,12))) as contracted_cost,
         sum(cast(ConsumedQuantity as decimal(38,15))) as consumed_quantity, count(*) as line_count
       from read_parquet([${list}], hive_partitioning = false)
       group by all`,
      join(scratch, 'daily_cost.parquet'),
    );
  } finally {
    engine.close();
    await rm(scratch, { recursive: true, force: true });
  }
}
