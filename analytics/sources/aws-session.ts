import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { InputError } from '../errors.ts';
import { completeAnswer } from './aws-call.ts';
import { explainAwsError } from './aws-errors.ts';

const MAX_ATTEMPTS = 6;
const CONNECTION_TIMEOUT_MS = 5000;
const IDLE_TIMEOUT_MS = 60_000;
const SESSION_SECONDS = 3600;
const RENEWAL_MS = 5 * 60_000;

export type AwsCredentials = {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
};
export type CredentialSource = () => Promise<AwsCredentials>;

/** How AWS is reached. All of it has the defaults of the AWS SDK. */
export type AwsAccess = {
  profile?: string;
  /** Of a server in AWS's stead. */
  endpoint?: string;
  credentials?: CredentialSource;
  /** Tries of one request, the first one included. */
  maxAttempts?: number;
  /** How long a connection may be silent. */
  idleTimeoutMs?: number;
};

export type ClientSettings = {
  region: string;
  credentials: CredentialSource;
  endpoint?: string;
  maxAttempts: number;
  retryMode: 'standard';
  requestHandler: NodeHttpHandler;
};

type ClientKind<C> = new (settings: ClientSettings) => C;

/** One account as one role sees it. */
export type AwsSession = {
  accountId: string;
  /** The client of a service in a region, made once. */
  client<C extends { destroy(): void }>(kind: ClientKind<C>, region: string): C;
  /** Forgets credentials and clients: the next client asks for new ones. */
  renew(): void;
};

/** A session with the caller's own credentials. */
export function openCallerSession(access: AwsAccess, accountId: string): AwsSession {
  return openSession(access, accountId, () => baseCredentials(access));
}

/** A session in another account: the role is assumed when the first client asks, and again before it ends. */
export function openRoleSession(
  access: AwsAccess,
  role: { accountId: string; arn: string; externalId?: string; region: string },
): AwsSession {
  return openSession(access, role.accountId, () => async () => {
    const sts = new STSClient(clientSettings(access, role.region, baseCredentials(access)));
    try {
      const { Credentials } = await completeAnswer(() =>
        sts.send(
          new AssumeRoleCommand({
            RoleArn: role.arn,
            RoleSessionName: 'headroom-collect',
            DurationSeconds: SESSION_SECONDS,
            ...(role.externalId === undefined ? {} : { ExternalId: role.externalId }),
          }),
        ),
      );
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
      if (!AccessKeyId || !SecretAccessKey || !SessionToken) {
        throw new InputError(`${role.arn} gave no credentials`, { where: role.arn });
      }
      return {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        ...(Expiration === undefined ? {} : { expiration: Expiration }),
      };
    } catch (error) {
      // That a role may not be assumed is no refusal of a single part.
      throw explainAwsError(error, role.arn);
    } finally {
      sts.destroy();
    }
  });
}

/** Whose credentials these are, and the region of the AWS configuration. Throws what the SDK throws. */
export async function identifyCaller(
  access: AwsAccess,
  region?: string,
): Promise<{ accountId: string; partition: string; region: string }> {
  const { region: _, ...settings } = clientSettings(access, '', baseCredentials(access));
  const sts = new STSClient({
    ...settings,
    ...(region === undefined ? {} : { region }),
    ...(access.profile === undefined ? {} : { profile: access.profile }),
  });
  try {
    const { Account, Arn = '' } = await completeAnswer(() => sts.send(new GetCallerIdentityCommand({})));
    if (!Account) throw new InputError('AWS names no account for these credentials');
    return { accountId: Account, partition: Arn.split(':')[1] || 'aws', region: await sts.config.region() };
  } finally {
    sts.destroy();
  }
}

function openSession(
  access: AwsAccess,
  accountId: string,
  makeCredentials: () => CredentialSource,
): AwsSession {
  const clients = new Map<string, { destroy(): void }>();
  let credentials = keepCredentials(makeCredentials());
  return {
    accountId,
    client(kind, region) {
      const key = `${kind.name} ${region}`;
      const known = clients.get(key);
      if (known) return known as InstanceType<typeof kind>;
      const made = new kind(clientSettings(access, region, credentials));
      clients.set(key, made);
      return made;
    },
    renew() {
      for (const client of clients.values()) client.destroy();
      clients.clear();
      credentials = keepCredentials(makeCredentials());
    },
  };
}

/** One role is assumed once for all clients of a session, and again shortly before the credentials end. */
function keepCredentials(source: CredentialSource): CredentialSource {
  let kept: Promise<AwsCredentials> | undefined;
  let endsAt = Number.POSITIVE_INFINITY;
  return () => {
    if (kept && Date.now() < endsAt - RENEWAL_MS) return kept;
    const asked = source();
    kept = asked;
    endsAt = Number.POSITIVE_INFINITY;
    asked.then(
      ({ expiration }) => {
        if (kept === asked && expiration) endsAt = expiration.getTime();
      },
      () => {
        if (kept === asked) kept = undefined;
      },
    );
    return asked;
  };
}

function baseCredentials(access: AwsAccess): CredentialSource {
  if (access.credentials) return access.credentials;
  return fromNodeProviderChain(access.profile === undefined ? {} : { profile: access.profile });
}

function clientSettings(access: AwsAccess, region: string, credentials: CredentialSource): ClientSettings {
  const idleTimeoutMs = access.idleTimeoutMs ?? IDLE_TIMEOUT_MS;
  return {
    region,
    credentials,
    ...(access.endpoint === undefined ? {} : { endpoint: access.endpoint }),
    maxAttempts: access.maxAttempts ?? MAX_ATTEMPTS,
    retryMode: 'standard',
    // HTTP/1.1 for every client: those that prefer HTTP/2 would not take the timeouts, and not every proxy speaks it.
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      socketTimeout: idleTimeoutMs,
      requestTimeout: idleTimeoutMs,
    }),
  };
}
