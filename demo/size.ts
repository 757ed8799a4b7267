import type { Window } from './calendar.ts';
import { ESTATE_LINES_A_DAY } from './estate/estate.ts';
import { addEstate, createOrganisation, type Organisation } from './resources.ts';
import { SERVICES } from './world.ts';

/** Most lines of a real bill cost nothing. */
const FREE_LINES_PER_LINE = 1.9;
const LEAST_FREE_LINES_PER_LINE = 1.75;
const MOST_FREE_LINES_PER_LINE = 4;
/** A smaller organisation keeps the first of its services; the planted facts of the rest are then missing. */
const FEWEST_SERVICES = 3;
/** Share of the lines that waste and what looks like it may take, and the days for which most of it has been there. */
const ESTATE_RATIO = 0.14;
const ESTATE_DAYS = 130;
const MOST_ESTATE_COPIES = 12;

/** An organisation whose bill has about so many lines. */
export function planSize(
  seed: number,
  window: Window,
  lines: number,
): { organisation: Organisation; freeLinesPerLine: number } {
  const estateDays = Math.min(ESTATE_DAYS, window.end - window.start);
  const estateLines = ESTATE_LINES_A_DAY * estateDays;
  const copies = Math.min(MOST_ESTATE_COPIES, Math.floor((lines * ESTATE_RATIO) / estateLines));
  const metered = lines / (1 + FREE_LINES_PER_LINE);
  const besideEstate = (lines - copies * estateLines) / (1 + FREE_LINES_PER_LINE);
  let services = SERVICES.length;
  let organisation = createOrganisation({ seed, window, scale: 1, services });
  const whole = countLines(organisation, window);
  if (whole < besideEstate) {
    organisation = createOrganisation({ seed, window, scale: besideEstate / whole, services });
  } else {
    while (services > FEWEST_SERVICES && countLines(organisation, window) / metered > 1.25) {
      services -= 1;
      organisation = createOrganisation({ seed, window, scale: 1, services });
    }
  }
  const freeLinesPerLine = (lines - copies * estateLines) / countLines(organisation, window) - 1;
  return {
    organisation: addEstate(organisation, seed, window, copies),
    freeLinesPerLine: Math.min(
      MOST_FREE_LINES_PER_LINE,
      Math.max(LEAST_FREE_LINES_PER_LINE, freeLinesPerLine),
    ),
  };
}

/** About how many metered lines it gives: the machines of a fleet run only as far as its load asks. */
function countLines({ streams }: Organisation, window: Window): number {
  let lines = 0;
  for (const { slot, quantityMicro, start, end } of streams) {
    const days = Math.max(0, Math.min(end, window.end) - Math.max(start, window.start));
    const isRunning = slot === null || slot < (quantityMicro / 24_000_000) * 1.2;
    if (isRunning) lines += days;
  }
  return lines;
}
