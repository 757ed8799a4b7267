import { between, type Cast, type EstateResource, fakeId, logBetween, make, stored } from './cast.ts';
import { machine, volumeOf } from './machine.ts';
import { signalsOf } from './signal.ts';

const GIB = 2 ** 30;
/** Share of a gp2 volume's price that gp3 saves. */
const GP3_SAVING_RATIO = 0.2;
const BUSY_NETWORK = { base: 900 * 2 ** 20, amplitude: 0.4, peakHour: 19, noise: 0.2 };

export const STORAGE: Record<string, (cast: Cast) => EstateResource[]> = {
  'ebs-unattached': (cast) => [
    volumeOf(cast, 'orphan', cast.random.pick(['gp3', 'gp2']), 50 + cast.random.integer(900), null, {
      made: { waste: [{ detector: 'ebs_unattached', savingRatio: 1 }], debatable: ['ebs_gp2'] },
    }),
  ],
  /** Made a few days ago and not yet attached. */
  'ebs-fresh': (cast) => [
    volumeOf(cast, 'new', 'gp3', 100 + cast.random.integer(200), null, {
      made: { age: 1 + cast.random.integer(3), lookAlike: 'fresh' },
    }),
  ],
  'ebs-idle': (cast) => {
    const made = host(cast);
    const idle = volumeOf(cast, 'idle', 'gp3', 150 + cast.random.integer(600), made[0] ?? null, {
      signals: { base: 0, zeroMille: 996, burstMille: 4, burst: between(cast.random, 1, 4) },
      made: { waste: [{ detector: 'ebs_idle', savingRatio: 1 }] },
    });
    return [...made, idle];
  },
  /** Read by the weekly job alone. */
  'ebs-weekly': (cast) => {
    const made = host(cast);
    const weekly = volumeOf(cast, 'weekly', 'gp3', 150 + cast.random.integer(300), made[0] ?? null, {
      signals: { base: 60_000, noise: 0.3, days: 'monday', offLevel: 0 },
      made: { lookAlike: 'weekly_peak' },
    });
    return [...made, weekly];
  },
  'ebs-gp2': (cast) => {
    const made = host(cast);
    const old = volumeOf(cast, 'old', 'gp2', 200 + cast.random.integer(1200), made[0] ?? null, {
      signals: { base: logBetween(cast.random, 40_000, 900_000), amplitude: 0.3, peakHour: 19, noise: 0.3 },
      made: { waste: [{ detector: 'ebs_gp2', savingRatio: GP3_SAVING_RATIO }] },
    });
    return [...made, old];
  },
  /** Provisioned for far more operations than it ever does. */
  'ebs-io-overprovisioned': (cast) => {
    const { random } = cast;
    const made = host(cast);
    const type = random.pick(['io1', 'io2'] as const);
    const iops = 4000 + 1000 * random.integer(6);
    const gib = 200 + random.integer(300);
    const busiest = iops * between(random, 0.05, 0.25);
    const volume = volumeOf(cast, 'fast', type, gib, made[0] ?? null, {
      signals: { base: busiest * 3600 * 0.5, amplitude: 0.5, peakHour: 19, noise: 0.2 },
      made: {
        attributes: { iops },
        metered: [stored(type, gib), stored(`${type}Iops`, iops)],
        waste: [{ detector: 'ebs_io_overprovisioned', savingRatio: null }],
      },
    });
    return [...made, volume];
  },
  'ebs-io-busy': (cast) => {
    const { random } = cast;
    const made = host(cast);
    const iops = 20_000;
    const volume = volumeOf(cast, 'fast', 'io2', 400, made[0] ?? null, {
      signals: { base: iops * 3600 * between(random, 0.55, 0.7), amplitude: 0.2, peakHour: 19, noise: 0.1 },
      made: {
        attributes: { iops },
        metered: [stored('io2', 400), stored('io2Iops', iops)],
        lookAlike: 'busy',
      },
    });
    return [...made, volume];
  },
  /** Of volumes that are gone. */
  'snapshot-stale': (cast) => [
    snapshot(cast, 'left', 200 + cast.random.integer(200), fakeId('vol', cast.label), {
      waste: [{ detector: 'snapshot_stale', savingRatio: 1 }],
    }),
  ],
  /** The newest backup of a volume that is there. */
  'snapshot-recent': (cast) => {
    const made = host(cast);
    const root = made[1];
    return [
      ...made,
      snapshot(cast, 'backup', 2 + cast.random.integer(20), root?.id ?? '', { lookAlike: 'recent_backup' }),
    ];
  },
  'image-unused': (cast) => image(cast, 200 + cast.random.integer(180), false),
  /** Machines are made from it. */
  'image-used': (cast) => {
    const [ami, backing] = image(cast, 200 + cast.random.integer(100), true);
    const made = machine(cast, {
      meter: 'm6i.large',
      cpu: { base: between(cast.random, 35, 45), amplitude: 0.4, peakHour: 19, noise: 0.2, peak: 1.5 },
      network: BUSY_NETWORK,
      made: {
        suffix: 'user',
        attributes: { image_id: ami?.id.split('/').at(-1) ?? '' },
        lookAlike: 'busy',
        debatable: ['ec2_nonproduction_schedule'],
      },
    });
    return [ami, backing, ...made].flatMap((one) => (one ? [one] : []));
  },
  's3-multipart-leftovers': (cast) => [
    bucket(cast, {
      gib: logBetween(cast.random, 800, 6000),
      requests: 40_000,
      attributes: {
        has_lifecycle: false,
        has_abort_multipart: false,
        incomplete_upload_bytes: Math.round(logBetween(cast.random, 80, 900) * GIB),
      },
      waste: [{ detector: 's3_multipart_leftovers', savingRatio: null }],
      debatable: ['s3_cold'],
    }),
  ],
  /** Stored in the dearest class, and nobody asks for it. */
  's3-cold': (cast) => [
    bucket(cast, {
      gib: logBetween(cast.random, 4000, 20_000),
      requests: 0,
      attributes: { has_lifecycle: false, has_abort_multipart: true, incomplete_upload_bytes: 0 },
      waste: [{ detector: 's3_cold', savingRatio: null }],
    }),
  ],
  's3-used': (cast) => [
    bucket(cast, {
      gib: logBetween(cast.random, 2000, 9000),
      requests: 200_000,
      attributes: { has_lifecycle: true, has_abort_multipart: true, incomplete_upload_bytes: 0 },
      lookAlike: 'busy',
    }),
  ],
};

/** A busy machine that volumes hang on. */
function host(cast: Cast): EstateResource[] {
  return machine(cast, {
    meter: 'm6i.large',
    cpu: { base: between(cast.random, 32, 48), amplitude: 0.4, peakHour: 19, noise: 0.2, peak: 1.5 },
    network: BUSY_NETWORK,
    made: { debatable: ['ec2_nonproduction_schedule'] },
  });
}

function snapshot(
  cast: Cast,
  suffix: string,
  age: number,
  volumeId: string,
  made: Partial<EstateResource>,
): EstateResource {
  const gib = 60 + cast.random.integer(700);
  return make(cast, {
    type: 'ec2:snapshot',
    kind: 'snapshot',
    suffix,
    age,
    state: 'completed',
    sizeClass: 'standard',
    sizeGib: gib,
    metered: [stored('snapshot', gib * between(cast.random, 0.5, 0.9))],
    ...made,
    attributes: { volume_id: volumeId, ...made.attributes },
  });
}

function image(cast: Cast, age: number, isUsed: boolean): EstateResource[] {
  const backing = snapshot(cast, 'image-data', age, fakeId('vol', `${cast.label}-image`), {
    ...(isUsed ? { lookAlike: 'image_in_use' } : { debatable: ['snapshot_stale'] }),
  });
  const ami = make(cast, {
    type: 'ec2:image',
    kind: 'image',
    suffix: 'image',
    age,
    state: 'available',
    attachments: null,
    ...(isUsed
      ? { lookAlike: 'image_in_use' }
      : { waste: [{ detector: 'image_unused', savingRatio: null }] }),
  });
  const snapshotId = backing.id.split('/').at(-1) ?? '';
  ami.attributes = { snapshot_ids: snapshotId, architecture: 'x86_64', is_public: false };
  backing.attributes = {
    ...backing.attributes,
    description: `Created by CreateImage for ${ami.id.split('/').at(-1)}`,
    image_id: ami.id.split('/').at(-1) ?? '',
  };
  return [ami, backing];
}

function bucket(
  cast: Cast,
  { gib, requests, attributes, ...made }: { gib: number; requests: number } & Partial<EstateResource>,
): EstateResource {
  const one = make(cast, {
    type: 's3:bucket',
    kind: 'bucket',
    metered: [
      stored('s3Storage', gib),
      ...(requests > 0 ? [{ meter: 's3Read' as const, daily: requests }] : []),
    ],
    ...made,
    attributes: { versioning: 'Suspended', ...attributes },
  });
  const size = signalsOf(one.id, { 'AWS/S3/BucketSizeBytes': { base: gib * GIB, growth: 0.0002, noise: 0 } });
  for (const signal of size) signal.dimensions = { ...signal.dimensions, StorageType: 'StandardStorage' };
  one.signals = size;
  return one;
}
