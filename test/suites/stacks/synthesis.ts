import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Resource, Synthesis, SynthOptions } from './synthesise.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PROGRAM = fileURLToPath(new URL('synthesise.ts', import.meta.url));
const { HEADROOM_SST_PLATFORM: platform = path.join(ROOT, '.sst/platform') } = process.env;

/** Why SST's components cannot be had here, or undefined. */
export const missing = existsSync(path.join(platform, 'node_modules/@pulumi/aws'))
  ? undefined
  : 'there is no .sst/platform, which test/suites/stacks/install-platform.sh makes';

type Options = { stage?: string; settings?: string; isDev?: boolean; removesData?: boolean };

const known = new Map<string, Promise<Synthesis>>();

/** Every resource that a deployment with these settings (YAML) would register. */
export function synthesise(options: Options = {}): Promise<Synthesis> {
  const key = JSON.stringify(options);
  const synthesis = known.get(key) ?? runProgram(options);
  known.set(key, synthesis);
  return synthesis;
}

async function runProgram(options: Options): Promise<Synthesis> {
  const { stage = 'test', settings = '', isDev = false, removesData = false } = options;
  const folder = mkdtempSync(path.join(tmpdir(), 'headroom-stacks-'));
  const file = (name: string) => path.join(folder, name);
  try {
    const input: SynthOptions = {
      root: ROOT.replace(/\/$/, ''),
      platform,
      workFolder: folder,
      stage,
      region: 'us-east-1',
      isDev,
    };
    writeFileSync(file('options.json'), JSON.stringify(input));
    writeFileSync(file('deploy.yml'), settings);
    await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', PROGRAM, file('options.json'), file('synthesis.json')],
      {
        cwd: ROOT,
        env: {
          ...process.env,
          HEADROOM_DEPLOY_FILE: file('deploy.yml'),
          HEADROOM_REMOVE_DATA: removesData ? 'yes' : '',
        },
      },
    );
    return JSON.parse(readFileSync(file('synthesis.json'), 'utf8')) as Synthesis;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export type Statement = {
  Effect: string;
  Action: string | string[];
  Resource: string | string[];
  Principal?: unknown;
  Condition?: unknown;
};

/** Resources of a type such as `lambda/function:Function`. */
export function ofType(synthesis: Synthesis, type: string): Resource[] {
  return synthesis.resources.filter((resource) => resource.type === `aws:${type}`);
}

export function parsePolicy(policy: unknown): Statement[] {
  return (JSON.parse(String(policy)) as { Statement: Statement[] }).Statement;
}

/** What the roles may do, with the role that may. */
export function listRoleStatements(synthesis: Synthesis): (Statement & { role: string })[] {
  return ofType(synthesis, 'iam/role:Role').flatMap(({ name, inputs }) =>
    ((inputs.inlinePolicies ?? []) as { policy: string }[]).flatMap(({ policy }) =>
      parsePolicy(policy).map((statement) => ({ role: name, ...statement })),
    ),
  );
}
