import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const MODELS = fileURLToPath(new URL('../../analytics/models/', import.meta.url));

/** A finding as a detector gives it; what a test does not name gets a neutral value. */
export type GivenFinding = Record<string, string | number | null>;

/** An instance of 300 that is idle. */
export const NEUTRAL_FINDING: GivenFinding = {
  detector: 'instance_idle',
  resource_type: 'ec2:instance',
  resource_id: 'i-1',
  sub_account_id: '000000000011',
  region_id: 'eu-west-1',
  scope: 'resource',
  group_id: null,
  judgement: 'waste',
  action: 'delete',
  cost_part: 'whole',
  reason: 'idle',
  observed: '1 %',
  threshold: '5 %',
  part_cost: '300',
  saving_cost: '300',
  deferred_saving_cost: '0',
  billing_currency: 'USD',
  confidence: 0.9,
  remedy: 'aws ec2 terminate-instances --instance-ids i-1',
  evidence: '{}',
};

/** A copy of the models whose detectors find exactly what `give` is told next. */
export async function makeGivenFindings(folder: string): Promise<{
  modelsFolder: string;
  give(findings: readonly GivenFinding[]): Promise<void>;
}> {
  const modelsFolder = path.join(folder, 'models');
  await cp(MODELS, modelsFolder, { recursive: true });
  const findings = path.join(modelsFolder, 'findings');
  for (const file of await readdir(findings)) {
    if (file.startsWith('finding_')) await rm(path.join(findings, file));
  }
  const contract = await readFile(path.join(findings, 'findings.yml'), 'utf8');
  const { columns } = parse(contract) as { columns: Record<string, { type: string }> };
  await writeFile(
    path.join(findings, 'findings.yml'),
    contract.replace(/^inputs:\s*\[[^\]]*\]/m, 'inputs: []'),
  );
  return {
    modelsFolder,
    async give(given) {
      const select = (row: GivenFinding | undefined) =>
        Object.entries(columns).map(([name, { type }]) => {
          const value = row ? { ...NEUTRAL_FINDING, ...row }[name] : null;
          const literal = value == null ? 'null' : `'${String(value).replaceAll("'", "''")}'`;
          return `cast(${literal} as ${type}) as ${name}`;
        });
      const rows = given.map((row) => `select ${select(row).join(', ')}`);
      const sql =
        rows.length > 0 ? rows.join('\nunion all\n') : `select ${select(undefined).join(', ')} where false`;
      await writeFile(path.join(findings, 'findings.sql'), sql);
    },
  };
}
