import type { CollectSettings } from '../../configuration/collect-schema.ts';
import { explainAwsError } from '../aws-errors.ts';
import {
  type AwsAccess,
  type AwsSession,
  identifyCaller,
  openCallerSession,
  openRoleSession,
} from '../aws-session.ts';
import type { Target } from '../collector.ts';
import { listOrganizationAccounts } from './accounts.ts';

export type Targets = {
  payerAccountId: string;
  homeRegion: string;
  targets: Target[];
  session(accountId: string): AwsSession;
};

/** The region in which a partition has its global services. */
const HOME_REGIONS: Record<string, string> = {
  aws: 'us-east-1',
  'aws-cn': 'cn-northwest-1',
  'aws-us-gov': 'us-gov-west-1',
};

/**
 * Who is asked and where: the accounts of the configuration, those of the organization where it says so, or the
 * caller's own. A role is assumed in every account but the caller's, when it is first asked.
 *
 * @throws InputError, with a remedy, where the credentials do not work or no region is known.
 */
export async function resolveTargets(options: {
  settings: CollectSettings;
  access: AwsAccess;
  /** In place of the configuration's. */
  regions?: readonly string[];
}): Promise<Targets> {
  const { settings, access } = options;
  const named = options.regions?.length ? [...options.regions] : settings.regions;
  const caller = await identifyCaller(access, named[0]).catch((error) => {
    throw explainAwsError(error, 'the AWS credentials');
  });
  const homeRegion = HOME_REGIONS[caller.partition] ?? caller.region;
  const regions = named.length > 0 ? named : [caller.region];
  const payerAccountId = settings.payer_account_id ?? caller.accountId;
  const configured = new Map(settings.accounts.map((account) => [account.id, account]));

  const sessions = new Map<string, AwsSession>();
  const session = (accountId: string): AwsSession => {
    const known = sessions.get(accountId);
    if (known) return known;
    const arn =
      configured.get(accountId)?.role ??
      `arn:${caller.partition}:iam::${accountId}:role/${settings.role_name}`;
    const { external_id: externalId } = settings;
    const opened =
      accountId === caller.accountId
        ? openCallerSession(access, accountId)
        : openRoleSession(access, {
            accountId,
            arn,
            region: regions[0] ?? caller.region,
            ...(externalId === undefined ? {} : { externalId }),
          });
    sessions.set(accountId, opened);
    return opened;
  };

  const targets = new Map<string, Target>();
  for (const { id, name, regions: own } of settings.accounts) {
    targets.set(id, { accountId: id, name, regions: options.regions?.length ? regions : (own ?? regions) });
  }
  if (settings.organization) {
    const accounts = await listOrganizationAccounts(session(payerAccountId), homeRegion).catch((error) => {
      throw explainAwsError(error, `the organization of account ${payerAccountId}`);
    });
    for (const { Id = '', Name, State, Status } of accounts) {
      const isActive = (State ?? Status) === 'ACTIVE';
      if (isActive && !targets.has(Id)) targets.set(Id, { accountId: Id, name: Name, regions });
    }
  }
  if (targets.size === 0) {
    targets.set(caller.accountId, { accountId: caller.accountId, name: undefined, regions });
  }
  return { payerAccountId, homeRegion, targets: [...targets.values()], session };
}
