/**
 * Precision and recall of the waste detectors on a demo organisation of a seed that nobody developed with, and of the
 * thresholds that others publish on the same data.
 *
 *   npx tsx bench/waste.ts [seed = 9001] [lines = 900000] [--details]
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfiguration } from '../analytics/configuration/load-configuration.ts';
import { openDuckdb, quoteName } from '../analytics/engine/duckdb.ts';
import { importPath } from '../analytics/jobs/import.ts';
import { runModels } from '../analytics/jobs/run.ts';
import { openFolderStore } from '../analytics/lake/folder-store.ts';
import { loadDemoCollected } from '../demo/collected/load-collected.ts';
import { generateDemo } from '../demo/generate.ts';
import type { Truth } from '../demo/truth.ts';
import { describeMachine, formatTable, writeSection } from './report.ts';
import { listPeerFindings, PEER_RULES } from './waste-peers.ts';
import { type Finding, judgeWaste, type Score, sumScores } from './waste-score.ts';

const AS_OF = '2026-11-23';
/** Long enough for every window of the detectors, and for the purchases of the commitments that end. */
const MONTHS = 13;
const DEFAULT_SEED = 9001;
const DEFAULT_LINES = 900_000;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { details: { type: 'boolean', default: false }, keep: { type: 'string' } },
});
const seed = Number(positionals[0] ?? DEFAULT_SEED);
const lines = Number(positionals[1] ?? DEFAULT_LINES);

const folder = values.keep ?? (await mkdtemp(join(tmpdir(), 'headroom-waste-')));
const engine = await openDuckdb({ tempFolder: folder });
try {
  const demo = await generateDemo({
    folder: join(folder, 'exports'),
    configFolder: join(folder, 'config'),
    seed,
    asOf: AS_OF,
    lines,
    months: MONTHS,
  });
  await rm(join(folder, 'lake'), { recursive: true, force: true });
  const store = await openFolderStore(join(folder, 'lake'));
  await importPath({ store, path: demo.exportFolder });
  await loadDemoCollected(store, demo.collectedFolder);
  await runModels({
    store,
    configuration: await loadConfiguration(join(folder, 'config')),
    engine,
    asOf: AS_OF,
  });
  const truth: Truth = JSON.parse(await readFile(demo.truthFile, 'utf8'));
  const findings = await listFindings();
  const judged = judgeWaste(truth, findings);
  const peers = await Promise.all(
    Object.entries(PEER_RULES).map(async ([peer, rules]) => {
      const standsFor = Object.fromEntries(Object.entries(rules).map(([rule, one]) => [rule, one.standsFor]));
      return { peer, ...judgeWaste(truth, await listPeerFindings(engine, peer), standsFor) };
    }),
  );
  const planted = truth.waste.length;
  const report = [
    '## Waste: recall and precision',
    '',
    `Seed ${seed}: ${planted} planted findings beside ${truth.look_alikes.length} resources that look like waste and are none (batch at night, standby replicas, warm disaster recovery, fresh resources, missing metrics and others), among ${await countResources()} resources in all; the balanced preset. A finding that one may see either way (${truth.debatable.length} pairs of detector and resource in truth.json) counts neither way. ${describeMachine()}.`,
    '',
    scoreTable([...judged.byDetector, sumScores('all', judged.byDetector)]),
    '',
    'The rules that others publish, on the same data and only for what they look at: recall is of all that is planted of those kinds, a finding is right when the resource is planted as waste of any kind.',
    '',
    scoreTable(
      peers.flatMap(({ peer, byDetector }) => [
        ...byDetector.map((one) => ({ ...one, name: `${peer}: ${one.name}` })),
        sumScores(`${peer}: all`, byDetector),
      ]),
    ),
  ].join('\n');
  process.stdout.write(`${report}\n`);
  if (values.details)
    process.stdout.write(`${describe('missed', judged.missed)}\n${describe('wrong', judged.wrong)}\n`);
  else writeSection('waste', report);
} finally {
  engine.close();
  if (!values.keep) await rm(folder, { recursive: true, force: true });
}

/** One finding a detector and resource; of an environment, its name; of an account, the account. */
async function listFindings(): Promise<Finding[]> {
  const models = await engine.query(
    String.raw`select table_name from information_schema.tables where table_name like 'finding\_%' escape '\'`,
  );
  const union = models
    .map(
      ({ table_name }) =>
        `select detector, scope, resource_id, group_id, sub_account_id, judgement from ${quoteName(String(table_name))}`,
    )
    .join(' union all ');
  const rows = await engine.query(`select distinct * from (${union}) where judgement = 'waste'`);
  return rows.map(({ detector, scope, resource_id, group_id, sub_account_id }) => ({
    detector: String(detector),
    resourceId: String(
      scope === 'environment'
        ? group_id
        : scope === 'account' && !String(resource_id).startsWith('arn:')
          ? sub_account_id
          : resource_id,
    ),
  }));
}

async function countResources(): Promise<number> {
  const [row] = await engine.query('select count(*) as n from stg_resources');
  return Number(row?.n ?? 0);
}

function scoreTable(scores: readonly Score[]): string {
  const ratio = (part: number, whole: number) => (whole === 0 ? '-' : (part / whole).toFixed(3));
  return formatTable(
    ['detector', 'planted', 'found', 'wrong', 'recall', 'precision'],
    scores.map(({ name, planted, found, wrong }) => [
      name,
      String(planted),
      String(found),
      String(wrong),
      ratio(found, planted),
      ratio(found, found + wrong),
    ]),
  );
}

function describe(title: string, rows: readonly object[]): string {
  return [`${title}:`, ...rows.map((row) => JSON.stringify(row))].join('\n');
}
