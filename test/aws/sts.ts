import { AwsFault } from './wire-protocol.ts';
import type { Call, Handler } from './wire-server.ts';

const SESSION_MS = 3_600_000;

/** A role that may be assumed, by its ARN. */
export type Role = { accountId: string; externalId?: string };

/** Security tokens for roles. A session's token is known to the server from then on. */
export function makeSts(
  credentials: Map<string, string>,
  roles: ReadonlyMap<string, Role>,
): Record<string, Handler> {
  let sessions = 0;
  return {
    GetCallerIdentity: (_: unknown, { accountId }: Call) => ({
      Account: accountId,
      Arn: `arn:aws:iam::${accountId}:user/test`,
      UserId: 'test',
    }),
    AssumeRole(input: { RoleArn: string; ExternalId?: string }) {
      const role = roles.get(input.RoleArn);
      if (!role || role.externalId !== input.ExternalId) {
        throw new AwsFault(
          'AccessDenied',
          `not authorized to perform sts:AssumeRole on ${input.RoleArn}`,
          403,
        );
      }
      sessions += 1;
      const token = `session-${sessions}-${role.accountId}`;
      credentials.set(token, role.accountId);
      return {
        Credentials: {
          AccessKeyId: `key-${sessions}`,
          SecretAccessKey: 'secret',
          SessionToken: token,
          Expiration: new Date(Date.now() + SESSION_MS),
        },
      };
    },
  };
}
