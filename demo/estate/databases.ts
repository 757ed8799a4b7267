import type { MeterName } from '../meters.ts';
import { between, type Cast, type EstateResource, hourly, type Made, make, stored } from './cast.ts';
import { DAY_TIME, NONE, type SignalShape, signalsOf } from './signal.ts';

const GIB = 2 ** 30;

type Database = {
  meter: MeterName;
  memoryGib: number;
  storageGib: number;
  /** Share of the storage that is free. */
  freeRatio: number;
  cpu: SignalShape;
  connections: SignalShape;
  /** Operations a second. */
  reads: SignalShape;
  writes: SignalShape;
  made: Made;
  metered?: { meter: MeterName; daily: number }[];
};

/** What a database's own upkeep writes. */
const UPKEEP: SignalShape = { base: 0.8, noise: 0.4 };

function database(cast: Cast, each: Database): EstateResource {
  const { meter, storageGib, freeRatio, memoryGib } = each;
  const sizeClass = meter.replace(' multi-az', '');
  const one = make(cast, {
    type: 'rds:db',
    kind: 'db',
    state: 'available',
    sizeClass,
    sizeGib: storageGib,
    metered: [hourly(meter), stored('rdsStorage', storageGib), ...(each.metered ?? [])],
    ...each.made,
    attributes: {
      engine: 'postgres',
      engine_version: '15.7',
      storage_type: 'gp3',
      is_multi_az: false,
      backup_retention_days: 7,
      ...each.made.attributes,
    },
  });
  one.signals = signalsOf(one.utilizationId ?? '', {
    'AWS/RDS/CPUUtilization': { cap: 100, ...each.cpu },
    'AWS/RDS/DatabaseConnections': each.connections,
    'AWS/RDS/FreeStorageSpace': {
      base: storageGib * freeRatio * GIB,
      slope: -storageGib * freeRatio * GIB * 0.0006,
      noise: 0.002,
    },
    'AWS/RDS/FreeableMemory': { base: memoryGib * 0.4 * GIB, noise: 0.03 },
    'AWS/RDS/ReadIOPS': each.reads,
    'AWS/RDS/WriteIOPS': each.writes,
  });
  return one;
}

const quiet = ({ random }: Cast): SignalShape => ({
  base: between(random, 1.5, 5),
  noise: 0.2,
  peak: between(random, 1.2, 2),
});
const working = (cast: Cast): Pick<Database, 'connections' | 'reads' | 'writes'> => ({
  connections: { base: between(cast.random, 12, 60), ...DAY_TIME, peak: 1.3 },
  reads: { base: between(cast.random, 60, 500), ...DAY_TIME, peak: 1.8 },
  writes: { base: between(cast.random, 20, 120), ...DAY_TIME, peak: 1.8 },
});

/** Databases of RDS. */
export const DATABASES: Record<string, (cast: Cast) => EstateResource[]> = {
  'rds-idle': (cast) => [
    database(cast, {
      meter: cast.random.pick(['db.t4g.medium', 'db.t4g.large', 'db.r6g.large']),
      memoryGib: 8,
      storageGib: 50 + cast.random.integer(250),
      freeRatio: between(cast.random, 0.3, 0.55),
      cpu: quiet(cast),
      connections: cast.random.unit() < 0.6 ? NONE : { base: 0, burstMille: 1, burst: 1, zeroMille: 999 },
      reads: { base: 0.05, noise: 0.8 },
      writes: UPKEEP,
      made: {
        waste: [{ detector: 'rds_idle', savingRatio: null }],
        debatable: ['rds_oversized', 'rds_storage_overprovisioned', 'rds_backup'],
      },
    }),
  ],
  'rds-oversized': (cast) => [
    database(cast, {
      meter: cast.random.pick(['db.m6g.2xlarge', 'db.r6g.2xlarge']),
      memoryGib: 48,
      storageGib: 300,
      freeRatio: 0.35,
      cpu: { base: between(cast.random, 3, 9), ...DAY_TIME, peak: between(cast.random, 1.3, 1.9) },
      ...working(cast),
      made: {
        waste: [{ detector: 'rds_oversized', savingRatio: null }],
        debatable: ['rds_storage_overprovisioned'],
      },
    }),
  ],
  'rds-storage-overprovisioned': (cast) => [
    database(cast, {
      meter: 'db.r6g.large',
      memoryGib: 16,
      storageGib: 1500 + cast.random.integer(3000),
      freeRatio: between(cast.random, 0.82, 0.94),
      cpu: { base: between(cast.random, 32, 45), ...DAY_TIME, peak: 1.4 },
      ...working(cast),
      made: { waste: [{ detector: 'rds_storage_overprovisioned', savingRatio: null }] },
    }),
  ],
  'rds-extended-support': (cast) => [
    database(cast, {
      meter: 'db.m6g.large',
      memoryGib: 8,
      storageGib: 120,
      freeRatio: 0.4,
      cpu: { base: between(cast.random, 32, 45), ...DAY_TIME, peak: 1.4 },
      ...working(cast),
      metered: [hourly('rdsExtended', 2)],
      made: {
        attributes: { engine_version: '11.22' },
        waste: [{ detector: 'rds_extended_support', savingRatio: null }],
      },
    }),
  ],
  'rds-backup': (cast) => {
    const storageGib = 200 + cast.random.integer(200);
    return [
      database(cast, {
        meter: 'db.m6g.large',
        memoryGib: 8,
        storageGib,
        freeRatio: 0.4,
        cpu: { base: between(cast.random, 32, 45), ...DAY_TIME, peak: 1.4 },
        ...working(cast),
        metered: [stored('rdsBackup', storageGib * between(cast.random, 2, 5))],
        made: {
          attributes: { backup_retention_days: 35 },
          waste: [{ detector: 'rds_backup', savingRatio: null }],
        },
      }),
    ];
  },
  /** Nobody reads it; it follows another database and takes over when that one fails. */
  'rds-standby-replica': (cast) => [
    database(cast, {
      meter: 'db.r6g.large',
      memoryGib: 16,
      storageGib: 300,
      freeRatio: 0.4,
      cpu: { base: between(cast.random, 4, 9), ...DAY_TIME, peak: 1.5 },
      connections: NONE,
      reads: { base: 4, noise: 0.4 },
      writes: { base: between(cast.random, 40, 160), ...DAY_TIME, peak: 1.6 },
      made: {
        attributes: { replica_of: `${cast.label}-primary`, is_replica: true },
        lookAlike: 'standby_replica',
        debatable: ['rds_oversized'],
      },
    }),
  ],
  'rds-busy': (cast) => [
    database(cast, {
      meter: 'db.r6g.large multi-az',
      memoryGib: 16,
      storageGib: 300,
      freeRatio: between(cast.random, 0.25, 0.45),
      cpu: { base: between(cast.random, 30, 50), ...DAY_TIME, peak: 1.4 },
      ...working(cast),
      made: { attributes: { is_multi_az: true }, lookAlike: 'busy' },
    }),
  ],
  /** Closes the books in the night, and is asked by nobody else. */
  'rds-night-batch': (cast) => [
    database(cast, {
      meter: 'db.r6g.large',
      memoryGib: 16,
      storageGib: 200,
      freeRatio: 0.4,
      cpu: { base: 75, noise: 0.1, peak: 1.15, fromHour: 2, toHour: 5, offLevel: 2 },
      connections: { base: 6, noise: 0.2, peak: 1.5, fromHour: 2, toHour: 5, offLevel: 0 },
      reads: { base: 900, noise: 0.2, fromHour: 2, toHour: 5, offLevel: 0.1 },
      writes: { base: 300, noise: 0.2, fromHour: 2, toHour: 5, offLevel: 1 },
      made: { lookAlike: 'batch_at_night' },
    }),
  ],
  'rds-fresh': (cast) => [
    database(cast, {
      meter: 'db.t4g.large',
      memoryGib: 8,
      storageGib: 100,
      freeRatio: 0.95,
      cpu: quiet(cast),
      connections: NONE,
      reads: { base: 0.05, noise: 0.8 },
      writes: UPKEEP,
      made: { age: 2 + cast.random.integer(4), lookAlike: 'fresh' },
    }),
  ],
};
