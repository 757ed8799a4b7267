import { API_ACTIONS, BUCKET_ACTIONS, SCOPED_ACTIONS, type UnscopedAction } from './read-actions.ts';

/** Statements for the resources of an account. */
export function allowScoped(accountId: $util.Input<string>) {
  return [
    ...SCOPED_ACTIONS.map(({ action, service, resource }) => ({
      actions: [action],
      resources: [$interpolate`arn:aws:${service}:*:${accountId}:${resource}`],
    })),
    ...API_ACTIONS.map(({ action, resources }) => ({
      actions: [action],
      resources: resources.map((resource) => `arn:aws:apigateway:*::${resource}`),
    })),
    ...BUCKET_ACTIONS.map(({ action, resource }) => ({
      actions: [action],
      resources: [`arn:aws:s3:::${resource}`],
      conditions: [{ test: 'StringEquals', variable: 'aws:ResourceAccount', values: [accountId] }],
    })),
  ];
}

/** The one statement whose resource is `*`. */
export function allowUnscoped(actions: readonly UnscopedAction[]) {
  return { actions: actions.map(({ action }) => action), resources: ['*'] };
}
