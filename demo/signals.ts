import { dayAt, toDate, type Window } from './calendar.ts';

/** A volume or a load that departs from the usual on purpose, and costs nothing more. Days are half-open; `end` null: it goes on. */
export type PlantedSignal = {
  id: string;
  kind: 'driver_fall' | 'utilization_rise';
  /** Of a volume; '' for a load. */
  driver: string;
  /** Of a load: the service whose production database it is. */
  service: string;
  start: number;
  end: number | null;
  /** The volume, or load, is multiplied by it. */
  factor: number;
  description: string;
};

/** As it is told in truth.json. */
export type SignalTruth = Omit<PlantedSignal, 'start' | 'end'> & { start: string; end: string | null };

const RECENT_DAYS = 9;

/** Those of the planted volumes and loads that touch the window. */
export function listSignals(window: Window): PlantedSignal[] {
  const all: PlantedSignal[] = [
    {
      id: 'sign-in-broken',
      kind: 'driver_fall',
      driver: 'active_users',
      service: '',
      start: dayAt(window, 1, 20),
      end: dayAt(window, 1, 26),
      factor: 0.6,
      description: 'Sign-in with one provider was broken for six days: two fifths fewer users were seen.',
    },
    {
      id: 'index-lost',
      kind: 'utilization_rise',
      driver: '',
      service: 'payments-api',
      start: window.end - RECENT_DAYS,
      end: null,
      factor: 1.5,
      description: 'An index was lost: the database is 1.5 times as busy, and costs the same.',
    },
  ];
  return all.filter(({ start, end }) => start < window.end && (end === null || end > window.start));
}

/** What a volume is multiplied by on a day. */
export function volumeFactor(window: Window, driver: string, day: number): number {
  return findFactor(
    listSignals(window).filter((signal) => signal.driver === driver),
    day,
  );
}

/** Since when, and by how much, the production database of a service is busier than it was. */
export function loadChange(
  window: Window,
  service: string,
): { changeDay: number; changeFactor: number } | undefined {
  const signal = listSignals(window).find(({ driver, service: own }) => driver === '' && own === service);
  return signal && { changeDay: signal.start, changeFactor: signal.factor };
}

/** What was planted, of the services that the organisation has. */
export function describeSignals(window: Window, services: ReadonlySet<string>): SignalTruth[] {
  return listSignals(window)
    .filter(({ service }) => service === '' || services.has(service))
    .map((signal) => ({
      ...signal,
      start: toDate(Math.max(signal.start, window.start)),
      end: signal.end === null ? null : toDate(signal.end),
    }));
}

function findFactor(signals: readonly PlantedSignal[], day: number): number {
  return signals.find(({ start, end }) => day >= start && (end === null || day < end))?.factor ?? 1;
}
