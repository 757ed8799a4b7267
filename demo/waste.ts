import type { MeterName } from './meters.ts';
import type { Part, PartItem } from './parts.ts';
import type { Environment } from './world.ts';

/** Waste that the bill alone shows. */
export type WasteKind =
  | 'ebs-unattached'
  | 'ebs-old-generation'
  | 'snapshot-stale'
  | 'address-idle'
  | 'load-balancer-idle'
  | 'nat-gateway-idle'
  | 'rds-extended-support';

export type PlantedWaste = { waste: WasteKind; service: string; environment: Environment; part: Part };

export const PLANTED_WASTE: PlantedWaste[] = [
  planted('ebs-unattached', 'catalog', 'prod', 'volume', 'orphan', ['gp3', 800 / 30, 'steady']),
  planted('ebs-unattached', 'experiments', 'sandbox', 'volume', 'orphan', ['gp3', 500 / 30, 'steady']),
  planted('ebs-old-generation', 'inventory', 'prod', 'volume', 'old', ['gp2', 1200 / 30, 'steady']),
  planted('ebs-old-generation', 'search', 'prod', 'volume', 'old', ['gp2', 600 / 30, 'steady']),
  planted('snapshot-stale', 'orders', 'prod', 'snapshot', 'migration', ['snapshot', 1500 / 30, 'steady']),
  planted('address-idle', 'experiments', 'sandbox', 'address', 'address', ['idleAddress', 24, 'steady']),
  planted('address-idle', 'checkout', 'dev', 'address', 'address', ['idleAddress', 24, 'steady']),
  planted('load-balancer-idle', 'search', 'staging', 'loadbalancer', 'forgotten', ['albHours', 24, 'steady']),
  planted('nat-gateway-idle', 'recommendations', 'dev', 'natgateway', 'forgotten', [
    'natHours',
    24,
    'steady',
  ]),
  planted('rds-extended-support', 'ledger', 'prod', 'db', 'old', ['rdsExtended', 48, 'steady']),
];

/** The tooling of the security account; AWS names no resource for it. */
export const SECURITY_USAGE: PartItem[] = [
  { meter: 'guardEvents', quantity: 4_000_000, shape: 'load' },
  { meter: 'configItems', quantity: 5_200, shape: 'steady' },
  { meter: 'trailEvents', quantity: 480_000, shape: 'load' },
  { meter: 'kmsRequests', quantity: 1_600_000, shape: 'load' },
];

function planted(
  waste: WasteKind,
  service: string,
  environment: Environment,
  kind: NonNullable<Part['kind']>,
  label: string,
  [meter, quantity, shape]: [MeterName, number, PartItem['shape']],
): PlantedWaste {
  return {
    waste,
    service,
    environment,
    part: { kind, label, count: 1, items: [{ meter, quantity, shape }] },
  };
}
