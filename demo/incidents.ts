import { dayAt, type Window } from './calendar.ts';
import type { MeterName } from './meters.ts';

export type IncidentKind =
  | 'spike'
  | 'level_shift'
  | 'leak'
  | 'drop'
  | 'new_region'
  | 'new_service'
  | 'new_account'
  | 'price_change'
  | 'planned_event';

/** What went wrong on purpose. Days are half-open; `end` null: it goes on. */
export type Incident = {
  id: string;
  kind: IncidentKind;
  /** Cost that has its reason and needs no alert. */
  isBenign: boolean;
  service: string;
  /** The metered usage that changed; empty: all that follows the load. */
  meters: MeterName[];
  region: string;
  start: number;
  end: number | null;
  /** The hours of its days on which it adds, half-open; all of them unless given. Shows where usage is charged by the hour. */
  hours?: { from: number; to: number };
  /** Usage is multiplied by it on the n-th day; for usage that is there only because of the incident, what there is of it. */
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
    {
      ...incident(
        'lambda-loop',
        'spike',
        'orders',
        ['lambdaTime', 'lambdaRequests'],
        at(1, 8),
        at(1, 9),
        () => 40,
        'A function wrote to the queue that starts it: one day at 40 times the usual, from 06:00 UTC on.',
      ),
      hours: { from: 6, to: 24 },
    },
    {
      ...incident(
        'retry-storm',
        'spike',
        'orders',
        ['lambdaTime', 'lambdaRequests'],
        at(1, 25),
        at(1, 26),
        () => 1.7,
        'Failed calls were tried again without a pause: three hours that the day hides.',
      ),
      hours: { from: 13, to: 16 },
    },
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
    incident(
      'table-scan',
      'spike',
      'push-notifications',
      ['dynamoRead'],
      at(2, 6),
      at(2, 8),
      () => 18,
      'A report read a whole table again and again for two days.',
    ),
    incident(
      'search-grown',
      'level_shift',
      'observability',
      ['searchHours'],
      at(6, 10),
      null,
      () => 1.7,
      'The search cluster was made 1.7 times as large, for good.',
    ),
    incident(
      'trace-leak',
      'leak',
      'kubernetes',
      ['logIngest'],
      at(1, 2),
      null,
      (index) => 1.03 ** (index + 1),
      'Traces are written to the log: 3 % more a day, still going on.',
    ),
    incident(
      'training-stopped',
      'drop',
      'ml-training',
      ['g5.xlarge'],
      at(2, 22),
      at(2, 26),
      () => 0.15,
      'Training jobs failed to start for four days.',
    ),
    incident(
      'spot-price',
      'price_change',
      'ci-runners',
      ['spot'],
      at(3, 18),
      null,
      () => 1,
      'The spot price of the runners rose by 39 %, for good.',
    ),
    incident(
      'language-model',
      'new_service',
      'reporting',
      ['modelTokens'],
      at(1, 14),
      null,
      () => 1,
      'A service began to call a language model that nobody had paid for before.',
    ),
    incident(
      'pilot-account',
      'new_account',
      'experiments',
      ['m6i.2xlarge'],
      at(4, 8),
      null,
      () => 1,
      'Machines in an account that had never had any.',
    ),
    {
      ...incident(
        'autumn-sale',
        'planned_event',
        'cart',
        [],
        at(2, 12),
        at(2, 16),
        () => 1.6,
        'A sale that the calendar of the configuration names.',
      ),
      isBenign: true,
    },
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
  return { id, kind, isBenign: false, service, meters, region: EAST, start, end, multiplier, description };
}
