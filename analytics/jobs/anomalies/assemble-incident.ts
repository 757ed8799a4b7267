import type { Part } from '../../cause/attribute-excess.ts';
import { mergeParts } from '../../cause/merge-parts.ts';
import { toDayNumber } from '../../forecast/calendar.ts';
import type { Candidate, FormedIncident } from '../../incident/form-incidents.ts';
import type { Departure, EvidenceDay } from './candidates.ts';
import type { LeafValues } from './read-leaves.ts';

/** A departure with its excess by part of the bill. */
export type Found = Candidate<LeafValues> & { departure: Departure };

/** An incident as its clearest series tells it, all its stretches of days together. */
export type Assembled = Found & {
  members: readonly Found[];
  /** Days on which it was unusual. */
  days: number;
  isOpen: boolean;
  isAccepted: boolean;
  /** The hour it began, an ISO instant; null where only days are known. */
  beganAt: string | null;
  judgedOn: string;
  confidence: number;
  evidence: EvidenceDay[];
};

/** Puts together what one incident's departures tell. */
export function assembleIncident({ members, stretches }: FormedIncident<Found>): Assembled {
  const [lead] = members;
  const last = stretches.at(-1) ?? lead;
  const { detection } = last.departure;
  const evidence = new Map<string, EvidenceDay>();
  for (const { departure } of [...stretches, lead])
    for (const day of departure.evidence) evidence.set(day.date, day);
  const from = stretches[0]?.from ?? lead.from;
  const parts: Part<LeafValues>[] = mergeParts(stretches.map((each) => each.parts));
  return {
    ...lead,
    members,
    from,
    to: last.to,
    parts,
    days: stretches.reduce((sum, { from, to }) => sum + toDayNumber(to) - toDayNumber(from) + 1, 0),
    isOpen: detection.end === null,
    isAccepted: detection.state === 'accepted',
    beganAt: findBegin(members, from),
    judgedOn: members.map(({ departure }) => departure.detection.judgedOn).sort()[0] ?? '',
    confidence: Math.max(...members.map(({ departure }) => departure.detection.confidence)),
    evidence: [...evidence.values()].sort((a, b) => (a.date < b.date ? -1 : 1)),
  };
}

const NEAR_DAYS = 1;

/** As the clearest of its series of hours tells, which may see it a day earlier or later. */
function findBegin(members: readonly Found[], from: string): string | null {
  const [clearest] = members
    .filter((each) => Math.abs(toDayNumber(each.from) - toDayNumber(from)) <= NEAR_DAYS)
    .flatMap(({ departure, score }) => (departure.hours ? [{ at: departure.hours.from, score }] : []))
    .sort((a, b) => b.score - a.score || (a.at < b.at ? -1 : 1));
  return clearest === undefined ? null : `${clearest.at.slice(0, 16)}:00.000Z`;
}
