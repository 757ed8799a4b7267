import { createHash } from 'node:crypto';
import type { CloudwatchDriver } from '../../configuration/collect-schema.ts';

/** Tells the drivers of a configuration apart; changes when anything of an entry does. */
export function driverPart(driver: CloudwatchDriver): string {
  return `driver/${driver.driver}/${digest(driver)}`;
}

/** What an entry measures; stays when only the scope or the unit that it is given to changes. */
export function driverMeasure({ set, unit, ...measured }: CloudwatchDriver): string {
  return digest(measured);
}

function digest(entry: object): string {
  return createHash('sha256').update(JSON.stringify(entry)).digest('hex').slice(0, 12);
}
