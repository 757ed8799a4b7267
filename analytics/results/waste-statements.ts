import { openJournal } from '../lake/journal.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { STATED_STATUSES, type Statement, statementSchema, WASTE_JOURNAL } from '../waste/finding-state.ts';
import { answerRecord } from './records/query.ts';
import { parseRecordRequest } from './records/request.ts';
import { WASTE } from './records/waste.ts';
import { readWasteOverlay } from './records/waste-overlay.ts';
import { RequestError } from './request-error.ts';
import type { ResultsReader } from './snapshot.ts';

export { type Statement, statementSchema };

export type WasteStatements = ReturnType<typeof openWasteStatements>;

/** Findings with what people said of them; `costCenters` limits what a caller sees. */
export function openWasteStatements({ results, store }: { results: ResultsReader; store: ObjectStore }) {
  const journal = openJournal(store, WASTE_JOURNAL);
  const readOverlay = readWasteOverlay(store);

  /** The finding's row with its audit trail, oldest first. Throws RequestError (404). */
  async function read(id: string, costCenters: { costCenters?: readonly string[] } = {}) {
    const snapshot = await results.current();
    const request = parseRecordRequest(WASTE, [], costCenters);
    const answer = await answerRecord(snapshot, request, id, await readOverlay(snapshot));
    return { ...answer, trail: await journal.read(id) };
  }

  return {
    read,
    /**
     * Adds a statement to the finding's trail.
     *
     * @param expected the number of statements that the caller has seen; undefined: it does not matter.
     * @throws RequestError 404 where there is no such finding, 409 where its state is not for people to set; ConflictError
     * where others stated something in between.
     */
    async state(options: {
      id: string;
      statement: Statement;
      by: string;
      at: Date;
      expected?: number | undefined;
      costCenters?: readonly string[];
    }) {
      const { id, statement, by, at, expected, costCenters } = options;
      const limits = costCenters ? { costCenters } : {};
      const { row } = await read(id, limits);
      if (!STATED_STATUSES.some((status) => status === row.status)) {
        throw new RequestError(409, `the finding is ${row.status}, which only the next run can change`);
      }
      const { by: _, ...facts } = statement;
      await journal.append(id, { ...facts, at: at.toISOString(), by }, expected);
      return read(id, limits);
    },
  };
}
