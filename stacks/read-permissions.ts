import { SCOPED_ACTIONS, type UnscopedAction } from './read-actions.ts';

/** Statements for the resources of an account. */
export function allowScoped(accountId: $util.Input<string>) {
  return SCOPED_ACTIONS.map(({ action, service, resource }) => ({
    actions: [action],
    resources: [$interpolate`arn:aws:${service}:*:${accountId}:${resource}`],
  }));
}

/** The one statement whose resource is `*`. */
export function allowUnscoped(actions: readonly UnscopedAction[]) {
  return { actions: actions.map(({ action }) => action), resources: ['*'] };
}
