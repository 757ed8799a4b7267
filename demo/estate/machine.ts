import type { MeterName } from '../meters.ts';
import {
  between,
  type Cast,
  type EstateResource,
  fakeId,
  hourly,
  type Made,
  type Metered,
  make,
  sizeOf,
  stored,
} from './cast.ts';
import { type SignalShape, signalsOf } from './signal.ts';

type Machine = {
  meter: MeterName;
  cpu?: SignalShape;
  /** Bytes an hour. */
  network?: SignalShape;
  memory?: SignalShape | null;
  made?: Made;
  metered?: Metered[];
};

/** An instance with its root volume. */
export function machine(
  cast: Cast,
  { meter, cpu, network, memory = null, made = {}, metered }: Machine,
): EstateResource[] {
  const { type, cores } = sizeOf(meter);
  const instance = make(cast, {
    type: 'ec2:instance',
    kind: 'instance',
    state: 'running',
    sizeClass: type,
    metered: metered ?? [hourly(meter)],
    ...made,
    attributes: {
      availability_zone: `${cast.region}a`,
      tenancy: 'default',
      architecture: 'x86_64',
      platform: 'Linux/UNIX',
      lifecycle: 'on-demand',
      image_id: fakeId('ami', `${cast.label}-image`),
      core_count: cores / 2,
      is_ebs_optimized: true,
      ...made.attributes,
    },
  });
  instance.signals = signalsOf(instance.id, {
    ...(cpu ? { 'AWS/EC2/CPUUtilization': { cap: 100, ...cpu } } : {}),
    ...(network
      ? { 'AWS/EC2/NetworkIn': network, 'AWS/EC2/NetworkOut': { ...network, base: network.base * 0.8 } }
      : {}),
    ...(memory ? { 'CWAgent/mem_used_percent': { cap: 100, peak: 1.02, ...memory } } : {}),
  });
  const root = volumeOf(cast, 'root', 'gp3', cast.random.pick([16, 20, 30]), instance, {
    signals: { base: between(cast.random, 300, 4000), noise: 0.4 },
  });
  instance.attachments = [root.id];
  return [instance, root];
}

type VolumeOptions = { signals?: SignalShape; made?: Made; isRoot?: boolean };

/** A volume on an instance, or on none; `signals` are the write operations of an hour. */
export function volumeOf(
  cast: Cast,
  suffix: string,
  volumeType: 'gp2' | 'gp3' | 'io1' | 'io2',
  gib: number,
  instance: EstateResource | null,
  { signals, made = {} }: VolumeOptions = {},
): EstateResource {
  const iops = volumeType === 'gp2' ? Math.max(100, Math.min(16_000, 3 * gib)) : 3000;
  const volume = make(cast, {
    type: 'ec2:volume',
    kind: 'volume',
    suffix,
    state: instance ? 'in-use' : 'available',
    sizeClass: volumeType,
    sizeGib: gib,
    attachments: instance ? [instance.id] : [],
    metered: [stored(volumeType, gib)],
    ...(instance ? { age: cast.window.end - instance.createdDay } : {}),
    ...made,
    attributes: {
      iops,
      ...(volumeType === 'gp3' ? { throughput_mib_per_second: 125 } : {}),
      is_encrypted: true,
      availability_zone: `${cast.region}a`,
      is_root: suffix === 'root',
      ...made.attributes,
    },
  });
  if (signals) {
    volume.signals = signalsOf(volume.id, {
      'AWS/EBS/VolumeWriteOps': signals,
      'AWS/EBS/VolumeReadOps': { ...signals, base: signals.base * 0.35, burst: (signals.burst ?? 0) * 0.35 },
    });
  }
  return volume;
}
