import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, type ScalarTag } from 'yaml';
import {
  ACCOUNT_ACTIONS,
  API_ACTIONS,
  BUCKET_ACTIONS,
  COST_ACTIONS,
  ORGANIZATION_ACTIONS,
  SCOPED_ACTIONS,
} from '../../../stacks/read-actions.ts';
import { listRoleStatements, missing, ofType, parsePolicy, synthesise } from './synthesis.ts';
import type { Synthesis } from './synthesise.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Actions that AWS defines without resources: nothing but `*` can be said of them. */
const UNSCOPED: Readonly<Record<string, string>> = Object.fromEntries(
  [...ACCOUNT_ACTIONS, ...COST_ACTIONS, ...ORGANIZATION_ACTIONS].map(({ action, reason }) => [
    action,
    reason,
  ]),
);
/** The end of an ARN that may stand for many: keys under a prefix, streams of a group, resources of a fixed account. */
const SCOPED_WILDCARDS = [
  /^arn:aws:s3:::[^*]+\/\*$/,
  /^arn:aws:logs:[^*]+:log-group:\/headroom\/[^*]+:\*$/,
  /^arn:aws:budgets::\d{12}:budget\/\*$/,
  /^arn:aws:ssm:[^*]+:\d{12}:parameter\/[^*]+\/\*$/,
  /^arn:aws:(rds:\*:\d{12}:db|logs:\*:\d{12}:log-group|elasticache:\*:\d{12}:(cluster|replicationgroup)):\*$/,
  /^arn:aws:(dynamodb:\*:\d{12}:table|ecs:\*:\d{12}:service|kinesis:\*:\d{12}:stream)\/\*$/,
  /^arn:aws:apigateway:\*::\/restapis(\/\*\/stages)?$/,
];
/** ARNs of buckets have no account: a condition must say it. */
const ANY_BUCKET = /^arn:aws:s3:::\*(\/\*)?$/;

if (missing !== undefined) console.warn(`stacks: skipped, ${missing}.`);

describe.skipIf(missing !== undefined)('permissions', () => {
  let synthesis: Synthesis;
  beforeAll(async () => {
    synthesis = await synthesise({
      settings: `organization_id: o-abcdefghij\nexternal_id: secret`,
    });
  });

  it('no action is a wildcard', () => {
    const statements = listRoleStatements(synthesis);
    expect(statements.length).toBeGreaterThan(40);
    expect(
      statements.flatMap(({ Action }) => [Action].flat()).filter((action) => action.includes('*')),
    ).toEqual([]);
  });

  it('no resource is a wildcard, but of actions that have none', () => {
    const wide = listRoleStatements(synthesis).filter(({ Resource }) => [Resource].flat().includes('*'));
    const actions = wide.flatMap(({ Action }) => [Action].flat());
    expect(actions.filter((action) => !(action in UNSCOPED))).toEqual([]);
    expect(new Set(actions)).toEqual(new Set(Object.keys(UNSCOPED)));
    expect(Object.values(UNSCOPED).filter((reason) => reason.length < 40)).toEqual([]);
  });

  it('where a part of an ARN is open, bucket, group or account is fixed', () => {
    const open = listRoleStatements(synthesis)
      .filter(({ Action }) => ![Action].flat().includes('sts:AssumeRole'))
      .filter(
        ({ Resource, Condition }) =>
          !([Resource].flat().every((each) => ANY_BUCKET.test(each)) && isOfAccount(Condition)),
      )
      .flatMap(({ Resource }) => [Resource].flat())
      .filter((resource) => resource !== '*' && resource.includes('*'));
    expect(open.length).toBeGreaterThan(0);
    expect(open.filter((resource) => !SCOPED_WILDCARDS.some((pattern) => pattern.test(resource)))).toEqual(
      [],
    );
  });

  it('roles of other accounts are assumed by name, inside the organization alone', () => {
    const assume = listRoleStatements(synthesis).filter(({ Action }) =>
      [Action].flat().includes('sts:AssumeRole'),
    );
    expect([...new Set(assume.map(({ role }) => role))].sort()).toEqual([
      'CollectCostRole',
      'CollectRole',
      'PlanRole',
    ]);
    for (const statement of assume) {
      expect(statement).toMatchObject({
        Resource: ['arn:aws:iam::*:role/headroom-read'],
        Condition: [{ test: 'StringEquals', variable: 'aws:ResourceOrgID', values: ['o-abcdefghij'] }],
      });
    }
  });

  it('accounts that are named are the only ones assumed, and without any there is none', async () => {
    const named = await synthesise({ settings: "accounts: ['111122223333']" });
    const assumed = (each: Synthesis) =>
      listRoleStatements(each)
        .filter(({ Action }) => [Action].flat().includes('sts:AssumeRole'))
        .flatMap(({ Resource }) => Resource);
    expect(new Set(assumed(named))).toEqual(new Set(['arn:aws:iam::111122223333:role/headroom-read']));
    expect(assumed(await synthesise())).toEqual([]);
  });

  it.each([{ isDev: false }, { isDev: true }])(
    'roles are assumed by one service (dev: $isDev)',
    async ({ isDev }) => {
      const roles = ofType(isDev ? await synthesise({ isDev }) : synthesis, 'iam/role:Role');
      const services = roles.map(({ inputs }) =>
        parsePolicy(inputs.assumeRolePolicy).map(({ Principal }) => Principal),
      );
      expect(roles.length).toBeGreaterThan(10);
      for (const [principal, ...others] of services) {
        expect(others).toEqual([]);
        expect(principal).toEqual({
          Service: expect.stringMatching(/^(lambda|scheduler|states)\.amazonaws\.com$/),
        });
      }
      expect(JSON.stringify(roles)).not.toContain(':root');
      expect(roles.flatMap(({ inputs }) => inputs.managedPolicyArns ?? [])).toEqual([]);
    },
  );

  it('the API reads results and the journal, adds to the journal, and can do nothing else', () => {
    const resources = listRoleStatements(synthesis)
      .filter(
        ({ role, Action }) =>
          role === 'ApiHandlerRole' && [Action].flat().some((each) => each.startsWith('s3:')),
      )
      .map(({ Action, Resource }) => [Action, Resource].flat().join(' '));
    expect(resources).toEqual([
      expect.stringMatching(/^s3:ListBucket arn:aws:s3:::[^/*]+$/),
      expect.stringMatching(
        /^s3:GetObject arn:aws:s3:::[^/*]+\/results\/\* arn:aws:s3:::[^/*]+\/journal\/\* arn:aws:s3:::[^/*]+\/closes\/\* arn:aws:s3:::[^/*]+\/alerts\/decisions\/\*$/,
      ),
      expect.stringMatching(/^s3:PutObject arn:aws:s3:::[^/*]+\/journal\/\*$/),
    ]);
  });

  it('what collectors ask is what roles may, here and in member accounts', () => {
    const asked = new Set(listAskedActions());
    const inAccount = [...ACCOUNT_ACTIONS, ...SCOPED_ACTIONS, ...API_ACTIONS, ...BUCKET_ACTIONS].map(
      ({ action }) => action,
    );
    const granted = [...COST_ACTIONS, ...ORGANIZATION_ACTIONS]
      .map(({ action }) => action)
      .concat(inAccount, 'budgets:ViewBudget', 'sts:AssumeRole');
    expect([...asked].filter((action) => !granted.includes(action))).toEqual([]);
    expect(granted.filter((action) => !asked.has(action))).toEqual([]);

    const { account, payer } = readMemberRole();
    expect(account.toSorted()).toEqual(inAccount.toSorted());
    const asPayer = [...COST_ACTIONS, ...ORGANIZATION_ACTIONS]
      .map(({ action }) => action)
      .concat('budgets:ViewBudget');
    expect(payer.toSorted()).toEqual(asPayer.toSorted());
  });
});

/** IAM's prefix of each SDK client, and the actions whose name is not the command's. */
const PREFIXES: Readonly<Record<string, string>> = {
  'api-gateway': 'apigateway',
  'auto-scaling': 'autoscaling',
  'cloudwatch-logs': 'logs',
  'cost-explorer': 'ce',
  'elastic-load-balancing': 'elasticloadbalancing',
  'elastic-load-balancing-v2': 'elasticloadbalancing',
  'resource-groups-tagging-api': 'tag',
  'service-quotas': 'servicequotas',
};
const RENAMED: Readonly<Record<string, string>> = {
  'budgets:DescribeBudgets': 'budgets:ViewBudget',
  'apigateway:GetRestApis': 'apigateway:GET',
  'apigateway:GetStages': 'apigateway:GET',
  's3:ListBuckets': 's3:ListAllMyBuckets',
  's3:GetBucketLifecycleConfiguration': 's3:GetLifecycleConfiguration',
  's3:ListMultipartUploads': 's3:ListBucketMultipartUploads',
  's3:ListParts': 's3:ListMultipartUploadParts',
};
/** Asked without permission: anyone may know who they are. */
const FREE = ['sts:GetCallerIdentity'];

/** The statement holds in the account deployed to alone. */
function isOfAccount(condition: unknown): boolean {
  const text = JSON.stringify(condition ?? null);
  return /aws:ResourceAccount/.test(text) && /\d{12}/.test(text);
}

/** The actions behind the SDK's commands that analytics/sources imports. */
function listAskedActions(): string[] {
  const folder = path.join(ROOT, 'analytics/sources');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const text = readFileSync(path.join(folder, file), 'utf8');
      return [...text.matchAll(/import \{([^}]*)\} from '@aws-sdk\/client-([a-z0-9-]+)'/g)].flatMap(
        ([, names = '', client = '']) =>
          [...names.matchAll(/(?<![\w])(\w+)Command\b(?! as \w+Command\w)/g)]
            .filter(([, name]) => !new RegExp(`as ${name}Command`).test(names))
            .map(([, name]) => `${PREFIXES[client] ?? client}:${name}`),
      );
    })
    .map((action) => RENAMED[action] ?? action)
    .filter((action) => !FREE.includes(action));
}

type RoleStatement = { Action: string | string[] };

/** The actions of the template's two policies; CloudFormation's short forms stand for themselves. */
function readMemberRole(): { account: string[]; payer: string[] } {
  const text = readFileSync(path.join(ROOT, 'stacks/member-role.yaml'), 'utf8');
  const scalar = (tag: string): ScalarTag => ({ tag, resolve: (value: string) => value });
  const template = parse(text, {
    customTags: [
      ...['!Ref', '!Sub', '!GetAtt'].map(scalar),
      { tag: '!If', collection: 'seq' },
      { tag: '!Equals', collection: 'seq' },
    ],
  });
  const [account, conditional] = template.Resources.Role.Properties.Policies;
  const actions = ({ PolicyDocument }: { PolicyDocument: { Statement: RoleStatement[] } }) =>
    PolicyDocument.Statement.flatMap(({ Action }) => Action);
  return { account: actions(account), payer: actions(conditional[1]) };
}
