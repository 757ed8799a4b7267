import { describe, expect, it } from 'vitest';
import { listRoleStatements, missing, ofType, synthesise } from './synthesis.ts';

const SETTINGS = `alerts:
  topics: ['arn:aws:sns:us-east-1:123456789012:finops']
  event_buses: ['arn:aws:events:us-east-1:123456789012:event-bus/finops']
  mail_identities: ['arn:aws:ses:us-east-1:123456789012:identity/example.com']
  secrets_path: /acme/alerts
  feedback_parameter: /acme/feedback`;

describe.skipIf(missing !== undefined)('alerts', () => {
  const permissionsOf = async (role: string, settings?: string) =>
    listRoleStatements(await synthesise(settings === undefined ? {} : { settings }))
      .filter((statement) => statement.role === role)
      .flatMap(({ Action, Resource }) =>
        [Action].flat().flatMap((action) => [Resource].flat().map((resource) => `${action} ${resource}`)),
      );

  it('reach the topics, buses, identities and secrets of the settings, and no others', async () => {
    const channels = (permissions: string[]) =>
      permissions.filter((each) => /^(sns|events|ses|ssm):/.test(each)).sort();
    expect(channels(await permissionsOf('AlertRole', SETTINGS))).toEqual([
      'events:PutEvents arn:aws:events:us-east-1:123456789012:event-bus/finops',
      'ses:SendEmail arn:aws:ses:us-east-1:123456789012:identity/example.com',
      'ses:SendRawEmail arn:aws:ses:us-east-1:123456789012:identity/example.com',
      'sns:Publish arn:aws:sns:us-east-1:123456789012:finops',
      'ssm:GetParameter arn:aws:ssm:us-east-1:123456789012:parameter/acme/alerts/*',
    ]);
    expect(channels(await permissionsOf('AlertRole'))).toEqual([
      'ssm:GetParameter arn:aws:ssm:us-east-1:123456789012:parameter/headroom/alerts/*',
    ]);
  });

  it('write nothing of the lake but their own, and add to the journal of thresholds', async () => {
    const writes = (await permissionsOf('AlertRole')).filter((each) => /^s3:(Put|Delete|Abort)/.test(each));
    const within = (path: string) =>
      writes.filter((each) => new RegExp(`^\\S+ arn:aws:s3:::[^/*]+/${path}/\\*$`).test(each));
    expect(within('journal/alert-thresholds')).toEqual([expect.stringMatching(/^s3:PutObject /)]);
    expect(within('alerts').length).toBeGreaterThan(0);
    expect(within('alerts').length + 1).toBe(writes.length);
  });

  it('open two routes of the API to signed links, only where a secret signs them', async () => {
    const open = async (settings: string) =>
      ofType(await synthesise({ settings }), 'apigatewayv2/route:Route')
        .filter(({ inputs }) => (inputs.authorizationType ?? 'NONE') === 'NONE')
        .map(({ inputs }) => inputs.routeKey);
    expect(await open('')).toEqual([]);
    expect((await open(SETTINGS)).sort()).toEqual(['GET /v1/feedback/{token}', 'POST /v1/feedback/{token}']);
    expect(await permissionsOf('ApiHandlerRole', SETTINGS)).toContain(
      'ssm:GetParameter arn:aws:ssm:us-east-1:123456789012:parameter/acme/feedback',
    );
  });
});
