import { Argument, type Command } from 'commander';
import {
  FEEDBACK_JOURNAL,
  FEEDBACKS,
  feedbackSchema,
  stateFeedback,
} from '../../analytics/alerts/feedback.ts';
import { findAlert } from '../../analytics/alerts/find-alert.ts';
import { InputError } from '../../analytics/errors.ts';
import { openJournal } from '../../analytics/lake/journal.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import { readVariables } from '../environment.ts';
import { lakeOption, openExistingLake, parseDate } from '../options.ts';

type Options = { lake: string; reason?: string; by?: string; snoozeUntil?: string };

/** `headroom feedback`. */
export function addFeedback(program: Command): void {
  program
    .command('feedback')
    .description('say whether an alert was worth it; it is not told again where it was not, or was planned')
    .argument('<id>', 'the id of the alert, such as that of an anomaly')
    .addArgument(
      new Argument('<feedback>', 'what it was').choices(FEEDBACKS.map((name) => name.replace('_', '-'))),
    )
    .addOption(lakeOption())
    .option('--reason <text>', 'why; must be said of what is not actionable')
    .option('--by <name>', 'who says so (default: you)')
    .option('--snooze-until <date>', 'do not tell it before this day', parseDate)
    .action(async (id: string, feedback: string, options: Options) => {
      const parsed = feedbackSchema.safeParse({
        feedback: feedback.replace('-', '_'),
        reason: options.reason ?? '',
        ...(options.snoozeUntil === undefined ? {} : { snooze_until: options.snoozeUntil }),
      });
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        throw new InputError(issue?.message ?? 'not understood', {
          where: `--${issue?.path.join('.') ?? ''}`,
          remedy: 'Give --reason TEXT.',
        });
      }
      const { USER, USERNAME } = readVariables();
      const by = options.by ?? USER ?? USERNAME ?? 'cli';
      const store = await openExistingLake(options.lake);
      const snapshot = await openResults({ store }).current();
      if (!(await findAlert({ store, snapshot }, id))) {
        throw new InputError(`there is no alert '${id}'`, {
          where: 'id',
          remedy:
            'headroom show anomalies --where status=all lists incidents, headroom alert --dry-run --json every other alert.',
        });
      }
      const journal = openJournal(store, FEEDBACK_JOURNAL);
      const entry = await stateFeedback(journal, id, parsed.data, by);
      process.stdout.write(`${id}: ${feedback}, as statement ${entry.sequence} by ${by}\n`);
    });
}
