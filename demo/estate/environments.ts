import type { Environment } from '../world.ts';
import { between, type Cast, type EstateResource } from './cast.ts';
import { DATABASES } from './databases.ts';
import { machine } from './machine.ts';
import { balancer } from './network.ts';

/** Environments of their own, apart from those of the living services: whether somebody uses them. */
export const ENVIRONMENTS: { service: string; environment: Environment; isUsed: boolean }[] = [
  { service: 'partner-portal', environment: 'staging', isUsed: false },
  { service: 'loyalty-pilot', environment: 'dev', isUsed: false },
  { service: 'returns', environment: 'staging', isUsed: true },
];

const KIB = 1024;
const MIB = KIB * 1024;

/** A load balancer, two machines and a database that wait for requests. */
export function environmentOf(cast: Cast, isUsed: boolean): EstateResource[] {
  const { random } = cast;
  const machines = ['a', 'b'].flatMap((suffix) =>
    machine(
      { ...cast, label: `${cast.label}-${suffix}` },
      {
        meter: 'm6i.large',
        cpu: isUsed
          ? { base: between(random, 25, 40), noise: 0.3, peak: 1.7, amplitude: 0.3, peakHour: 19 }
          : { base: between(random, 0.5, 2), noise: 0.2, peak: 1.6 },
        network: isUsed
          ? { base: 200 * MIB, amplitude: 0.4, peakHour: 19, noise: 0.3 }
          : { base: between(random, 15, 60) * KIB, noise: 0.3 },
      },
    ),
  );
  const front = balancer(cast, 'application', {
    targets: 2,
    healthy: 2,
    requests: isUsed
      ? { base: between(random, 200, 900), amplitude: 0.5, peakHour: 19, noise: 0.3, weekend: 0.5 }
      : { base: 1.5, zeroMille: 960, noise: 0.3 },
    made: {},
  });
  const databases = DATABASES[isUsed ? 'rds-busy' : 'rds-idle']?.(cast) ?? [];
  return [...machines, front, ...databases].map((one) => ({
    ...one,
    isTagged: true,
    waste: [],
    ...(isUsed
      ? { lookAlike: 'environment_in_use', debatable: ['ec2_nonproduction_schedule'] }
      : { lookAlike: null, debatable: ['*'] }),
  }));
}
