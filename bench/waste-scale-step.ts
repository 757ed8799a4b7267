/** One step of bench/waste-scale, in a process of its own so that its peak memory is its own. */
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { configurationSchema } from '../analytics/configuration/schema.ts';
import { openDuckdb, quoteName, quotePath } from '../analytics/engine/duckdb.ts';
import { loadModels, type Model } from '../analytics/engine/model.ts';
import { createRelation } from '../analytics/engine/relation.ts';
import { prepareEngine, runModel } from '../analytics/engine/run-model.ts';
import { createLakeRelations } from '../analytics/jobs/lake-relations.ts';
import { STEPS } from '../analytics/jobs/steps/index.ts';
import { wasteRelations } from '../analytics/jobs/waste-relations.ts';
import { RESOURCES, UTILIZATION } from '../analytics/lake/collected-tables.ts';
import { openTable } from '../analytics/lake/delta-table.ts';
import { openFolderStore } from '../analytics/lake/folder-store.ts';
import type { ObjectStore } from '../analytics/lake/object-store.ts';
import { type TableSchema, toDuckdbType } from '../analytics/lake/table-schema.ts';

export type ScaleResult = {
  resources: number;
  measured: number;
  utilizationRows: number;
  lakeGib: number;
  detectors: number;
  findings: number;
  seconds: number;
  cpuSeconds: number;
  peakGib: number;
  models: { name: string; seconds: number }[];
};

const AS_OF = '2026-11-23';
const INVENTORY_DAYS = [1, 8, 15, 22, 29, 36, 43, 50, 57, 64, 71, 78, 85];
const MEASURED_DAYS = 92;
const COST_DAYS = 32;
const GIB = 2 ** 30;

const [step = '', folder = '', resources = '0', measured = '0', memory = '4'] = process.argv.slice(2);
const store = await openFolderStore(join(folder, 'lake'));
const costFile = join(folder, 'daily_cost.parquet');
const engine = await openDuckdb({ tempFolder: folder, memoryLimitGib: Number(memory) });
try {
  if (step === 'generate') await generate(Number(resources), Number(measured));
  else process.stdout.write(`${JSON.stringify(await detect())}\n`);
} finally {
  engine.close();
}

/** What number `n` is: four in ten machines, four volumes, one database, one load balancer; the first ones are measured. */
async function generate(count: number, measuredCount: number): Promise<void> {
  await engine.run(`
    create table thing as
    select n, n < ${measuredCount} as is_measured, hash(11, n) as bits, lpad((n % 40)::varchar, 12, '0') as account_id, 'us-east-1' as region_id,
      case when n % 10 < 4 then 'ec2:instance' when n % 10 < 8 then 'ec2:volume' when n % 10 = 8 then 'rds:db'
        else 'elasticloadbalancing:loadbalancer' end as resource_type,
      case when n % 10 < 4 then 'i-' || n when n % 10 < 8 then 'vol-' || n when n % 10 = 8 then 'arn:aws:rds:us-east-1:' || account_id || ':db:db-' || n
        else 'arn:aws:elasticloadbalancing:us-east-1:' || account_id || ':loadbalancer/app/lb-' || n || '/0' end as resource_id,
      case when n % 10 < 8 then resource_id when n % 10 = 8 then 'db-' || n else 'app/lb-' || n || '/0' end as utilization_id
    from range(${count}) as r (n)`);
  const types = (schema: TableSchema) => (name: string, value: string) =>
    `(${value})::${toDuckdbType(schema.columns.find((column) => column.name === name)?.type ?? 'string')} as ${name}`;
  const resource = types(RESOURCES);
  for (const age of INVENTORY_DAYS) {
    await addFile(
      RESOURCES,
      dayBefore(age),
      `
      select account_id, region_id, resource_type, resource_id, null::varchar as arn, utilization_id, 'thing-' || n as resource_name,
        case when n % 10 < 4 then case when bits % 20 = 0 then 'stopped' else 'running' end when n % 10 < 8 then
          case when bits % 25 = 0 then 'available' else 'in-use' end when n % 10 = 8 then 'available' else 'active' end as state,
        case when n % 10 < 4 then case when bits % 9 = 0 then 'm4.xlarge' else 'm6i.xlarge' end when n % 10 < 8 then
          case when bits % 4 = 0 then 'gp2' else 'gp3' end when n % 10 = 8 then 'db.r6g.xlarge' else 'application' end as size_class,
        ${resource('size_gib', 'case when n % 10 between 4 and 8 then 50 + bits % 500 end')},
        case when n % 10 between 4 and 7 then case when bits % 25 = 0 then '[]' else '["i-' || (n - 4) || '"]' end end as attachments,
        ${resource('created_at', `to_timestamp(${epoch(0)} - 86400 * (2 + bits % 900)::int)`)},
        map {'iops': '3000', 'target_count': '2', 'healthy_target_count': '2', 'engine': 'postgres'} as attributes,
        map {'environment': case when bits % 3 = 0 then 'dev' else 'prod' end} as tags,
        ${resource('observed_at', `to_timestamp(${epoch(age)} + 14400)`)}
      from thing`,
    );
  }
  for (let age = MEASURED_DAYS; age >= 1; age--) {
    await addFile(
      UTILIZATION,
      dayBefore(age),
      `
      with hours as (
        select t.*, h.hour, m.metric, m.namespace, hash(t.n, m.metric, h.hour, ${age}) % 1000 / 1000.0 as noise,
          case when bits % 6 = 0 then 0.01 else 1 end as busy
        from thing t, range(24) as h (hour), (values ('ec2:instance', 'AWS/EC2', 'CPUUtilization'), ('ec2:instance', 'AWS/EC2', 'NetworkIn'),
          ('ec2:instance', 'AWS/EC2', 'NetworkOut'), ('ec2:volume', 'AWS/EBS', 'VolumeReadOps'), ('ec2:volume', 'AWS/EBS', 'VolumeWriteOps'),
          ('rds:db', 'AWS/RDS', 'CPUUtilization'), ('rds:db', 'AWS/RDS', 'DatabaseConnections'), ('rds:db', 'AWS/RDS', 'FreeStorageSpace'),
          ('elasticloadbalancing:loadbalancer', 'AWS/ApplicationELB', 'RequestCount')) as m (resource_type, namespace, metric)
        where t.is_measured and m.resource_type = t.resource_type
      ),
      valued as (
        select *, metric in ('CPUUtilization', 'DatabaseConnections', 'FreeStorageSpace') as is_level, busy * case metric when 'CPUUtilization' then round(20 + 40 * noise, 1)
          when 'DatabaseConnections' then round(30 * noise) when 'FreeStorageSpace' then 4e10 when 'NetworkIn' then round(1e8 * noise, -6)
          when 'NetworkOut' then round(1e8 * noise, -6) else round(10000 * noise, -1) end as value
        from hours
      )
      select account_id, region_id, namespace, utilization_id as resource_id, map {'Id': utilization_id} as dimensions, metric,
        to_timestamp(${epoch(age)} + 3600 * hour) as measured_at, 3600::int as period_seconds,
        case when is_level then value end as average, case when is_level then value * 1.3 end as maximum, case when is_level then value * 0.9 end as minimum,
        case when not is_level then value end as sum, case when is_level then 12.0::double end as sample_count
      from valued order by namespace, metric, resource_id, measured_at`,
    );
  }
  await writeCosts();
}

/** `daily_cost` as a run leaves it, one line a resource and day. */
async function writeCosts(): Promise<void> {
  const models = await loadModels();
  const contract = models.find(({ name }) => name === 'daily_cost')?.contract;
  const cost = '(0.2 + bits % 900 / 100.0)::decimal(38,12)';
  const known: Record<string, string> = {
    charge_date: `date '${AS_OF}' - d.age::int`,
    is_spread: 'false',
    source: "'bench'",
    billing_period: `strftime(date '${AS_OF}' - d.age::int, '%Y-%m')`,
    provider_name: "'AWS'",
    billing_account_id: "'000000000000'",
    sub_account_id: 'account_id',
    service_name:
      "case when n % 10 < 8 then 'Amazon Elastic Compute Cloud' when n % 10 = 8 then 'Amazon Relational Database Service' else 'Elastic Load Balancing' end",
    region_id: 'region_id',
    resource_id: 'resource_id',
    sku_meter:
      "case when n % 10 < 4 then 'BoxUsage:m6i.xlarge' when n % 10 < 8 then 'EBS:VolumeUsage.gp3' when n % 10 = 8 then 'InstanceUsage:db.r6g.xlarge' else 'LoadBalancerUsage' end",
    charge_category: "'Usage'",
    charge_frequency: "'Usage-Based'",
    pricing_category: "case when bits % 3 = 0 and n % 10 < 4 then 'Committed' else 'Standard' end",
    consumed_unit: "'Hrs'",
    consumed_quantity: '24',
    billing_currency: "'USD'",
    team: "'team-' || n % 25",
    service: "'service-' || n % 200",
    environment: "case when bits % 3 = 0 then 'dev' else 'prod' end",
    tier: "'tier-1'",
    cost_center: "'CC-' || n % 25",
    owner: "'owner'",
    missing_tags: "''",
    line_count: '1',
    ...Object.fromEntries(
      ['billed_cost', 'effective_cost', 'list_cost', 'contracted_cost'].map((name) => [name, cost]),
    ),
  };
  const columns = Object.entries(contract?.columns ?? {}).map(
    ([name, { type }]) => `(${known[name] ?? 'null'})::${type} as ${quoteName(name)}`,
  );
  await engine.copy(`select ${columns} from thing, range(1, ${COST_DAYS + 1}) as d (age)`, costFile);
}

async function addFile(schema: TableSchema, date: string, sql: string): Promise<void> {
  const table = openTable(store, schema);
  const scratch = join(await scratchOf(store), `${schema.name}-${date}.parquet`);
  const written = await engine.copy(sql, scratch, { compression: 'zstd' });
  const path = table.newPath({ date });
  await store.writeFile(table.dataKey({ path }), scratch);
  await table.commit(() => ({
    add: [{ path, partition: { date }, tags: { scope: 'bench' }, ...written }],
    remove: () => false,
    info: {},
  }));
}

/** Everything that the detectors need and no more, as a run would compute it. */
async function detect(): Promise<ScaleResult> {
  await prepareEngine(engine);
  const configuration = configurationSchema.parse({ version: 1 });
  const relations = {
    ...wasteRelations({ configuration }),
    run: {
      columns: { as_of_date: 'DATE', cost_basis: 'VARCHAR', reporting_currency: 'VARCHAR' },
      rows: [{ as_of_date: AS_OF, cost_basis: 'effective', reporting_currency: 'USD' }],
    },
  };
  for (const [name, { columns, rows }] of Object.entries(relations))
    await createRelation(engine, folder, name, columns, rows);
  await createLakeRelations(engine, store, AS_OF);
  await engine.run(`create view daily_cost as select * from read_parquet(${quotePath(costFile)})`);
  // What steps compute, such as the analysis of purchases, is not measured here: there is nothing of it.
  for (const { outputs } of STEPS) {
    for (const [name, columns] of Object.entries(outputs))
      await createRelation(engine, folder, name, columns, []);
  }
  const models = neededModels(await loadModels());
  const times: ScaleResult['models'] = [];
  const started = performance.now();
  for (const model of models) {
    const before = performance.now();
    await runModel(engine, model);
    times.push({ name: model.name, seconds: (performance.now() - before) / 1000 });
  }
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return {
    resources: Number(resources),
    measured: Number(measured),
    utilizationRows: await countRows('utilization'),
    lakeGib: (await folderBytes(join(folder, 'lake'))) / GIB,
    detectors: models.filter(({ name }) => name.startsWith('finding_')).length,
    findings: await countRows('findings'),
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    peakGib: maxRSS / 2 ** 20,
    models: times,
  };
}

/** The models that `findings` reads, from daily_cost on, in the order in which they run. */
function neededModels(models: readonly Model[]): Model[] {
  const needed = new Set(['findings']);
  for (const { name, contract } of [...models].reverse()) {
    if (name !== 'daily_cost' && needed.has(name)) for (const input of contract.inputs) needed.add(input);
  }
  return models.filter(({ name }) => name !== 'daily_cost' && needed.has(name));
}

async function countRows(relation: string): Promise<number> {
  const [row] = await engine.query(`select count(*) as n from ${quoteName(relation)}`);
  return Number(row?.n ?? 0);
}

/** Seconds since 1970 of the beginning of a day. */
function epoch(age: number): number {
  return Date.parse(dayBefore(age)) / 1000;
}

function dayBefore(age: number): string {
  return new Date(Date.parse(AS_OF) - age * 86_400_000).toISOString().slice(0, 10);
}

async function scratchOf(from: ObjectStore): Promise<string> {
  const scratch = await from.scratchFolder();
  await mkdir(scratch, { recursive: true });
  return scratch;
}

async function folderBytes(root: string): Promise<number> {
  const names = await readdir(root, { recursive: true });
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(root, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
