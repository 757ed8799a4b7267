import { dayAt, type Window } from './calendar.ts';
import type { MeterName } from './meters.ts';

/** What went wrong on purpose. Days are half-open; `end` null: it goes on. */
export type Incident = {
  id: string;
  kind: 'spike' | 'level_shift' | 'leak' | 'drop' | 'new_region' | 'commitment_lapse';
  service: string;
  /** The metered usage that changed; empty: all that follows the load. */
  meters: MeterName[];
  region: string;
  start: number;
  end: number | null;
  /** Usage is multiplied by it on the n-th day. */
  multiplier(dayIndex: number): number;
  description: string;
};

const EAST = 'us-east-1';

/** Those of the planted incidents that touch the window. */
export function listIncidents(window: Window): Incident[] {
  const at = (monthsAgo: number, day: number) => dayAt(window, monthsAgo, day);
  const recent = window.end - 9;
  const all: Incident[] = [
    incident(
      'log-storm',
      'spike',
      'payments-api',
      ['logIngest'],
      at(7, 11),
      at(7, 14),
      () => 14,
      'Debug logging was left on: log ingestion rose to 14 times the usual for three days.',
    ),
    incident(
      'transfer-spike',
      'spike',
      'catalog',
      ['transferRegion'],
      at(8, 20),
      at(8, 25),
      () => 40,
      'A misrouted replica copied images between regions for five days.',
    ),
    incident(
      'lambda-loop',
      'spike',
      'orders',
      ['lambdaTime', 'lambdaRequests'],
      at(1, 8),
      at(1, 9),
      () => 40,
      'A function wrote to the queue that starts it: one day at 40 times the usual.',
    ),
    incident(
      'recommendations-doubled',
      'level_shift',
      'recommendations',
      ['m6i.4xlarge'],
      at(4, 18),
      null,
      () => 1.9,
      'A new model needs 1.9 times the machines, for good.',
    ),
    incident(
      'bucket-leak',
      'leak',
      'event-pipeline',
      ['s3Storage'],
      at(3, 5),
      at(1, 6),
      (index) => 1.025 ** (index + 1),
      'A lifecycle rule was lost: storage grew 2.5 % a day until it was cleaned up.',
    ),
    incident(
      'frontend-outage',
      'drop',
      'web-frontend',
      [],
      at(5, 3),
      at(5, 4),
      () => 0.35,
      'An outage: two thirds of the traffic were lost for a day.',
    ),
    {
      ...incident(
        'foreign-gpus',
        'new_region',
        'experiments',
        ['g5.12xlarge'],
        at(2, 14),
        at(2, 17),
        () => 1,
        'GPU machines in a region that nobody uses, in the sandbox, for three days.',
      ),
      region: 'ap-southeast-2',
    },
    incident(
      'nat-flood',
      'level_shift',
      'checkout',
      ['natBytes'],
      recent,
      null,
      () => 6,
      'Images are pulled through the NAT gateway instead of the endpoint: six times the bytes, still going on.',
    ),
  ];
  return all.filter(({ start, end }) => start < window.end && (end === null || end > window.start));
}

function incident(
  id: string,
  kind: Incident['kind'],
  service: string,
  meters: MeterName[],
  start: number,
  end: number | null,
  multiplier: Incident['multiplier'],
  description: string,
): Incident {
  return { id, kind, service, meters, region: EAST, start, end, multiplier, description };
}
