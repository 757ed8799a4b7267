import type { Command } from 'commander';
import { InputError } from '../../analytics/errors.ts';
import { ANOMALIES } from '../../analytics/results/records/anomalies.ts';
import { createOverlays } from '../../analytics/results/records/overlays.ts';
import { answerRecord } from '../../analytics/results/records/query.ts';
import { parseRecordRequest } from '../../analytics/results/records/request.ts';
import { RequestError } from '../../analytics/results/request-error.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import { formatExplanation } from '../explain-anomaly.ts';
import { jsonOption, lakeOption, openExistingLake } from '../options.ts';
import { printJson } from '../print-json.ts';

type Options = { lake: string; json?: boolean };

/** `headroom explain`. */
export function addExplain(program: Command): void {
  program
    .command('explain')
    .description('tell what happened, why, and what to do: one incident of headroom show anomalies')
    .argument('<id>', 'the incident, as headroom show anomalies prints it')
    .addOption(lakeOption())
    .addOption(jsonOption())
    .action(async (id: string, options: Options) => {
      const store = await openExistingLake(options.lake);
      const snapshot = await openResults({ store }).current();
      const answer = await answerRecord(
        snapshot,
        parseRecordRequest(ANOMALIES, []),
        id,
        await createOverlays(store).anomalies?.(snapshot),
      ).catch((error) => {
        const isUnknown = error instanceof RequestError && error.status === 404 && !error.remedy;
        if (!isUnknown) throw error;
        throw new InputError(error.message, {
          where: 'id',
          remedy:
            'headroom show anomalies --where status=all lists incidents; headroom alert --dry-run --json tells what other alerts are about.',
        });
      });
      if (options.json) printJson(answer);
      else process.stdout.write(formatExplanation(answer.row));
    });
}
