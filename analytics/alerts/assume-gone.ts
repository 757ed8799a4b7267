import type { Alert } from './alert.ts';
import type { AlertPolicy } from './alert-state.ts';

/** What a run that judged the kind does not name any more is over. */
export function assumeGone(told: Alert, { judged }: AlertPolicy): Alert {
  const isJudged = judged.includes(told.kind) || judged.includes(`${told.kind}/${told.subkind}`);
  if (!isJudged) return told;
  // A budget that a forecast no longer exceeds has cost nothing in the end.
  const amountTotal = told.kind === 'budget' ? '0' : told.amountTotal;
  const summary = `No longer in the results. It was: ${told.summary}`;
  return { ...told, status: 'cleared', amountTotal, summary };
}
