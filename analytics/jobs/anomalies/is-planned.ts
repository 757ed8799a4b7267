import { type Calendar, toDayNumber } from '../../forecast/calendar.ts';

/** More than this, beyond what was expected, is more than a planned event explains. */
const PLANNED_RATIO = 1.5;

/** It came and went with a planned event, and is of a size that such an event may have. Days are included. */
export function isPlannedSpan(
  { from, to, excessRatio }: { from: string; to: string; excessRatio: number },
  events: Calendar['events'],
): boolean {
  if (excessRatio > PLANNED_RATIO) return false;
  return events.some(
    ({ start, end }) =>
      Math.abs(toDayNumber(from) - toDayNumber(start)) <= 1 && toDayNumber(to) <= toDayNumber(end) + 1,
  );
}
