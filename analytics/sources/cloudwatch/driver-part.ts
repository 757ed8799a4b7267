import { createHash } from 'node:crypto';
import type { CloudwatchDriver } from '../../configuration/collect-schema.ts';

/** Tells the drivers of a configuration apart; changes when the driver is measured in another way. */
export function driverPart(driver: CloudwatchDriver): string {
  const digest = createHash('sha256').update(JSON.stringify(driver)).digest('hex').slice(0, 12);
  return `driver/${driver.driver}/${digest}`;
}
