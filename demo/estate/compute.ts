import type { MeterName } from '../meters.ts';
import { between, type Cast, type EstateResource, hourly, logBetween, make } from './cast.ts';
import { machine, volumeOf } from './machine.ts';
import { type SignalShape, signalsOf } from './signal.ts';

const KIB = 1024;
const MIB = KIB * 1024;
const OFFICE = { fromHour: 13, toHour: 23, days: 'weekday' as const };
const GENERAL: readonly [MeterName, ...MeterName[]] = [
  'm6i.large',
  'm6i.xlarge',
  'm6i.2xlarge',
  'c6i.2xlarge',
  'r6i.xlarge',
  't3.large',
];
const LARGE: readonly [MeterName, ...MeterName[]] = [
  'm6i.xlarge',
  'm6i.2xlarge',
  'c6i.2xlarge',
  'm6i.4xlarge',
];

const idleCpu = ({ random }: Cast): SignalShape => ({
  base: logBetween(random, 0.3, 2.6),
  noise: 0.25,
  peak: between(random, 1.2, 2.2),
  burstMille: random.integer(14),
  burst: between(random, 2, 5),
});
const idleNetwork = ({ random }: Cast): SignalShape => ({
  base: logBetween(random, 12 * KIB, 130 * KIB),
  noise: 0.3,
});
const busyNetwork = ({ random }: Cast): SignalShape => ({
  base: logBetween(random, 300 * MIB, 6000 * MIB),
  amplitude: 0.5,
  peakHour: 19,
  noise: 0.2,
});

export const COMPUTE: Record<string, (cast: Cast) => EstateResource[]> = {
  /** Nothing runs on it but the system and its agents. */
  'ec2-idle': (cast) =>
    machine(cast, {
      meter: cast.random.pick(GENERAL),
      cpu: idleCpu(cast),
      network: idleNetwork(cast),
      made: {
        waste: [{ detector: 'ec2_idle', savingRatio: 1 }],
        debatable: ['ec2_oversized', 'ec2_nonproduction_schedule'],
      },
    }),
  'ec2-gpu-idle': (cast) => {
    const made = machine(cast, {
      meter: cast.random.pick(['g4dn.xlarge', 'g4dn.2xlarge']),
      cpu: { base: logBetween(cast.random, 0.4, 2.5), noise: 0.2, peak: 1.5 },
      network: idleNetwork(cast),
      made: {
        attributes: { gpu_count: 1 },
        waste: [{ detector: 'ec2_gpu_idle', savingRatio: 1 }],
        debatable: ['ec2_idle', 'ec2_oversized', 'ec2_nonproduction_schedule'],
      },
    });
    addGpu(made[0], { base: between(cast.random, 0, 0.4), noise: 0.5, peak: 2, zeroMille: 900, cap: 100 });
    return made;
  },
  /** Inference that uses its processor little and its GPU much. */
  'ec2-gpu-busy': (cast) => {
    const made = machine(cast, {
      meter: 'g4dn.xlarge',
      cpu: { base: between(cast.random, 3, 9), amplitude: 0.4, peakHour: 19, noise: 0.2, peak: 2 },
      network: busyNetwork(cast),
      made: { attributes: { gpu_count: 1 }, lookAlike: 'gpu_busy', debatable: ['ec2_oversized'] },
    });
    addGpu(made[0], {
      base: between(cast.random, 35, 60),
      amplitude: 0.3,
      peakHour: 19,
      noise: 0.2,
      peak: 1.5,
      cap: 100,
    });
    return made;
  },
  'ec2-stopped': (cast) => {
    const { random, window } = cast;
    const stoppedDay = window.end - 36 - random.integer(50);
    const meter = random.pick(GENERAL);
    const made = machine(cast, {
      meter,
      cpu: { base: between(random, 8, 30), noise: 0.2, peak: 1.6, to: stoppedDay },
      metered: [{ ...hourly(meter), to: stoppedDay }],
      made: {
        state: 'stopped',
        stateSince: { day: stoppedDay, before: 'running' },
        attributes: { state_changed: `User initiated (${dateOf(stoppedDay)} 09:12:44 GMT)` },
        waste: [{ detector: 'ec2_stopped', savingRatio: null }],
      },
    });
    for (const volume of made.slice(1)) {
      volume.waste = [{ detector: 'ebs_on_stopped_instance', savingRatio: 1 }];
      volume.debatable = ['ebs_idle'];
      volume.signals = volume.signals.map((signal) => ({ ...signal, to: stoppedDay }));
    }
    const data = volumeOf(cast, 'data', 'gp3', 100 + random.integer(400), made[0] ?? null, {
      signals: { base: 5000, noise: 0.3, to: stoppedDay },
      made: { waste: [{ detector: 'ebs_on_stopped_instance', savingRatio: 1 }], debatable: ['ebs_idle'] },
    });
    const address = make(cast, {
      type: 'ec2:elastic-ip',
      kind: 'address',
      suffix: 'address',
      state: 'associated',
      attachments: [made[0]?.id ?? ''],
      attributes: { domain: 'vpc', public_ip: '198.51.100.7' },
      metered: [hourly('usedAddress')],
      waste: [{ detector: 'public_ipv4_idle', savingRatio: 1 }],
      debatable: ['elastic_ip_idle'],
    });
    return [...made, data, address];
  },
  /** Switched off this week, for maintenance. */
  'ec2-just-stopped': (cast) => {
    const { random, window } = cast;
    const stoppedDay = window.end - 3 - random.integer(4);
    const meter = random.pick(GENERAL);
    const cpu = { base: between(random, 20, 40), noise: 0.2, peak: 1.8, to: stoppedDay };
    const made = machine(cast, {
      meter,
      cpu,
      network: { ...busyNetwork(cast), to: stoppedDay },
      metered: [{ ...hourly(meter), to: stoppedDay }],
      made: {
        state: 'stopped',
        stateSince: { day: stoppedDay, before: 'running' },
        lookAlike: 'just_stopped',
        debatable: ['ec2_oversized', 'ec2_nonproduction_schedule'],
      },
    });
    for (const volume of made.slice(1)) volume.lookAlike = 'just_stopped';
    return made;
  },
  /** Works, on far too large a machine. */
  'ec2-oversized': (cast) => {
    const { random } = cast;
    const level = between(random, 3, 10);
    return machine(cast, {
      meter: random.pick(LARGE),
      cpu: {
        base: level,
        amplitude: 0.5,
        peakHour: 19,
        noise: 0.25,
        peak: between(random, 1.4, 2.2),
        burstMille: 4,
        burst: level * 2,
      },
      network: busyNetwork(cast),
      memory: random.unit() < 0.6 ? { base: between(random, 12, 34), noise: 0.05 } : null,
      made: {
        waste: [{ detector: 'ec2_oversized', savingRatio: 0.5 }],
        debatable: ['ec2_nonproduction_schedule'],
      },
    });
  },
  /** Little processor, but memory full. */
  'ec2-memory-bound': (cast) =>
    machine(cast, {
      meter: 'r6i.xlarge',
      cpu: { base: between(cast.random, 6, 12), amplitude: 0.4, peakHour: 19, noise: 0.2, peak: 1.8 },
      network: busyNetwork(cast),
      memory: { base: between(cast.random, 76, 88), noise: 0.04 },
      made: { lookAlike: 'memory_bound' },
    }),
  'ec2-busy': (cast) =>
    machine(cast, {
      meter: cast.random.pick(GENERAL),
      cpu: {
        base: between(cast.random, 30, 48),
        amplitude: 0.45,
        peakHour: 19,
        noise: 0.2,
        peak: between(cast.random, 1.3, 1.7),
      },
      network: busyNetwork(cast),
      memory: { base: between(cast.random, 50, 75), noise: 0.05 },
      made: { lookAlike: 'busy', debatable: ['ec2_nonproduction_schedule'] },
    }),
  'ec2-night-batch': (cast) =>
    machine(cast, {
      meter: cast.random.pick(LARGE),
      cpu: {
        base: between(cast.random, 78, 94),
        noise: 0.1,
        peak: 1.1,
        fromHour: 1,
        toHour: 1 + 2 + cast.random.integer(3),
        offLevel: 1,
      },
      network: { base: 20_000 * MIB, noise: 0.2, fromHour: 1, toHour: 4, offLevel: 60 * KIB },
      made: { lookAlike: 'batch_at_night' },
    }),
  'ec2-weekly-peak': (cast) =>
    machine(cast, {
      meter: cast.random.pick(LARGE),
      cpu: {
        base: between(cast.random, 70, 92),
        noise: 0.12,
        peak: 1.15,
        fromHour: 8,
        toHour: 14,
        days: 'monday',
        offLevel: 2,
      },
      network: { base: 9000 * MIB, noise: 0.2, fromHour: 8, toHour: 14, days: 'monday', offLevel: 300 * KIB },
      made: { lookAlike: 'weekly_peak' },
    }),
  'ec2-monthly-batch': (cast) =>
    machine(cast, {
      meter: cast.random.pick(LARGE),
      cpu: { base: between(cast.random, 75, 92), noise: 0.1, peak: 1.1, days: 'month-end', offLevel: 1.5 },
      network: { base: 9000 * MIB, noise: 0.2, days: 'month-end', offLevel: 200 * KIB },
      made: { lookAlike: 'monthly_batch', debatable: ['ec2_idle', 'ec2_nonproduction_schedule'] },
    }),
  'ec2-disaster-recovery': (cast) =>
    machine(cast, {
      meter: cast.random.pick(LARGE),
      cpu: { base: between(cast.random, 0.8, 2), noise: 0.2, peak: 1.6 },
      network: { base: between(cast.random, 0.5, 4) * MIB, noise: 0.2 },
      made: { lookAlike: 'warm_disaster_recovery', extraTags: { purpose: 'disaster-recovery' } },
    }),
  'ec2-fresh': (cast) =>
    machine(cast, {
      meter: cast.random.pick(GENERAL),
      cpu: idleCpu(cast),
      network: idleNetwork(cast),
      made: { age: 4 + cast.random.integer(7), lookAlike: 'fresh' },
    }),
  'ec2-unmeasured': (cast) =>
    machine(cast, { meter: cast.random.pick(GENERAL), made: { lookAlike: 'missing_metrics' } }),
  'ec2-previous-generation': (cast) => {
    const meter = cast.random.pick(['m4.xlarge', 'c4.2xlarge', 't2.large'] as const);
    const ratio = {
      'm4.xlarge': 1 - 0.192 / 0.2,
      'c4.2xlarge': 1 - 0.34 / 0.398,
      't2.large': 1 - 0.0832 / 0.0928,
    }[meter];
    return machine(cast, {
      meter,
      cpu: { base: between(cast.random, 28, 45), amplitude: 0.4, peakHour: 19, noise: 0.2, peak: 1.5 },
      network: busyNetwork(cast),
      made: {
        waste: [{ detector: 'ec2_previous_generation', savingRatio: ratio }],
        debatable: ['ec2_nonproduction_schedule'],
      },
    });
  },
  /** People's machines that run at night and at weekends, for nobody. */
  'ec2-office-hours': (cast) =>
    machine(cast, {
      meter: cast.random.pick(GENERAL),
      cpu: {
        base: between(cast.random, 22, 45),
        noise: 0.3,
        peak: between(cast.random, 1.4, 2),
        ...OFFICE,
        offLevel: logBetween(cast.random, 0.5, 2),
      },
      network: {
        base: logBetween(cast.random, 80 * MIB, 900 * MIB),
        noise: 0.3,
        ...OFFICE,
        offLevel: logBetween(cast.random, 30 * KIB, 400 * KIB),
      },
      made: { waste: [{ detector: 'ec2_nonproduction_schedule', savingRatio: null }] },
    }),
  /** Tests of the night run on it. */
  'ec2-nightly-builds': (cast) =>
    machine(cast, {
      meter: cast.random.pick(GENERAL),
      cpu: {
        base: between(cast.random, 55, 80),
        noise: 0.2,
        peak: 1.2,
        fromHour: 0,
        toHour: 9,
        offLevel: 12,
      },
      network: { base: 700 * MIB, noise: 0.3, fromHour: 0, toHour: 9, offLevel: 40 * MIB },
      made: { lookAlike: 'nonproduction_at_night' },
    }),
  /** Sold in one country: quiet at night, and must answer. */
  'ec2-production-by-day': (cast) =>
    machine(cast, {
      meter: cast.random.pick(GENERAL),
      cpu: {
        base: between(cast.random, 40, 55),
        noise: 0.2,
        peak: 1.5,
        fromHour: 12,
        toHour: 24,
        offLevel: 3,
      },
      network: { base: 2000 * MIB, noise: 0.3, fromHour: 12, toHour: 24, offLevel: 60 * MIB },
      made: { lookAlike: 'production_at_night' },
    }),
  'asg-idle': (cast) => scalingGroup(cast, true),
  'asg-busy': (cast) => scalingGroup(cast, false),
};

function scalingGroup(cast: Cast, isIdle: boolean): EstateResource[] {
  const { random } = cast;
  const group = make(cast, { type: 'autoscaling:group', kind: 'asg', suffix: 'group' });
  const count = 2 + random.integer(2);
  const meter = random.pick(['m6i.large', 'm6i.xlarge'] as const);
  const members = Array.from({ length: count }, (_, index) => {
    const own = { ...cast, label: `${cast.label}-${index + 1}` };
    return machine(own, {
      meter,
      cpu: isIdle
        ? idleCpu(cast)
        : { base: between(random, 38, 46), amplitude: 0.4, peakHour: 19, noise: 0.15, peak: 1.5 },
      network: isIdle ? idleNetwork(cast) : busyNetwork(cast),
      made: {
        attributes: { autoscaling_group: group.name },
        extraTags: { 'aws:autoscaling:groupName': group.name },
        ...(isIdle
          ? { debatable: ['ec2_idle', 'ec2_oversized', 'ec2_nonproduction_schedule'] }
          : { lookAlike: 'busy', debatable: ['ec2_nonproduction_schedule'] }),
      },
    });
  });
  const instances = members.flatMap(([first]) => (first ? [first] : []));
  group.attachments = instances.map(({ id }) => id);
  group.attributes = {
    min_size: isIdle ? count : 1,
    max_size: count + 2,
    desired_capacity: count,
    instance_ids: instances.map(({ id }) => id).join(','),
  };
  if (isIdle) group.waste = [{ detector: 'autoscaling_group_idle', savingRatio: null }];
  else Object.assign(group, { lookAlike: 'busy', debatable: ['ec2_nonproduction_schedule'] });
  return [group, ...members.flat()];
}

function addGpu(instance: EstateResource | undefined, gpu: SignalShape): void {
  if (!instance) return;
  instance.signals.push(...signalsOf(instance.id, { 'CWAgent/nvidia_smi_utilization_gpu': gpu }));
}

function dateOf(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}
