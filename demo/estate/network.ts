import { between, type Cast, type EstateResource, hourly, logBetween, type Made, make } from './cast.ts';
import { type SignalShape, signalsOf } from './signal.ts';

const MIB = 2 ** 20;

export const NETWORK: Record<string, (cast: Cast) => EstateResource[]> = {
  'elastic-ip-idle': (cast) => [
    make(cast, {
      type: 'ec2:elastic-ip',
      kind: 'address',
      state: 'unassociated',
      attachments: [],
      attributes: { domain: 'vpc' },
      metered: [hourly('idleAddress')],
      waste: [{ detector: 'elastic_ip_idle', savingRatio: 1 }],
      debatable: ['public_ipv4_idle'],
    }),
  ],
  'elastic-ip-used': (cast) => [
    make(cast, {
      type: 'ec2:elastic-ip',
      kind: 'address',
      state: 'associated',
      attachments: [`eni-0${cast.random.hex(16)}`],
      attributes: { domain: 'vpc' },
      metered: [hourly('usedAddress')],
      lookAlike: 'in_use',
      debatable: ['public_ipv4_idle'],
    }),
  ],
  /** No target, and so nothing that CloudWatch would count. */
  'load-balancer-empty': (cast) => [
    balancer(cast, 'application', {
      targets: 0,
      healthy: 0,
      made: {
        waste: [{ detector: 'load_balancer_without_targets', savingRatio: 1 }],
        debatable: ['load_balancer_idle'],
      },
    }),
  ],
  /** Healthy targets, and nobody but scanners asks. */
  'load-balancer-forgotten': (cast) => [
    balancer(cast, 'application', {
      targets: 2,
      healthy: 2,
      requests: { base: between(cast.random, 1, 4), zeroMille: 800 + cast.random.integer(150), noise: 0.5 },
      made: { waste: [{ detector: 'load_balancer_idle', savingRatio: 1 }] },
    }),
  ],
  'load-balancer-classic-idle': (cast) => [
    balancer(cast, 'classic', {
      targets: 0,
      healthy: 0,
      made: {
        waste: [{ detector: 'load_balancer_without_targets', savingRatio: 1 }],
        debatable: ['load_balancer_idle'],
      },
    }),
  ],
  /** A few hundred requests a day: a tool of one department. */
  'load-balancer-low-traffic': (cast) => [
    balancer(cast, 'application', {
      targets: 2,
      healthy: 2,
      requests: {
        base: between(cast.random, 25, 60),
        fromHour: 13,
        toHour: 23,
        noise: 0.4,
        weekend: 0.4,
        offLevel: 3,
        zeroMille: 60,
      },
      made: { lookAlike: 'low_traffic' },
    }),
  ],
  'load-balancer-busy': (cast) => [
    balancer(cast, 'network', {
      targets: 4,
      healthy: 4,
      requests: { base: logBetween(cast.random, 5000, 90_000), amplitude: 0.5, peakHour: 19, noise: 0.2 },
      made: { lookAlike: 'busy' },
    }),
  ],
  'load-balancer-unmeasured': (cast) => [
    balancer(cast, 'application', { targets: 3, healthy: 3, made: { lookAlike: 'missing_metrics' } }),
  ],
  'load-balancer-fresh': (cast) => [
    balancer(cast, 'application', {
      targets: 0,
      healthy: 0,
      made: { age: 2 + cast.random.integer(4), lookAlike: 'fresh' },
    }),
  ],
  'nat-gateway-idle': (cast) => [
    gateway(
      cast,
      { base: 0, zeroMille: 990, burstMille: 10, burst: logBetween(cast.random, 200, 20_000) },
      { waste: [{ detector: 'nat_gateway_idle', savingRatio: 1 }] },
    ),
  ],
  /** A gateway for the nightly updates alone. */
  'nat-gateway-nightly': (cast) => [
    gateway(
      cast,
      { base: 700 * MIB, fromHour: 2, toHour: 4, noise: 0.3, offLevel: 0 },
      {
        lookAlike: 'batch_at_night',
        metered: [hourly('natHours'), { meter: 'natBytes', daily: 1.4 }],
      },
    ),
  ],
  'vpc-endpoint-idle': (cast) => [
    endpoint(
      cast,
      { base: 0, zeroMille: 995, burstMille: 5, burst: 400 },
      { waste: [{ detector: 'vpc_endpoint_idle', savingRatio: 1 }] },
    ),
  ],
  'vpc-endpoint-used': (cast) => [
    endpoint(
      cast,
      { base: logBetween(cast.random, 5 * MIB, 400 * MIB), amplitude: 0.4, peakHour: 19, noise: 0.3 },
      {
        lookAlike: 'busy',
        metered: [hourly('vpcEndpointHours', 2), { meter: 'vpcEndpointBytes', daily: 3 }],
      },
    ),
  ],
};

const FAMILIES = {
  application: {
    kind: 'loadbalancer',
    namespace: 'AWS/ApplicationELB',
    count: 'RequestCount',
    hours: 'albHours',
    units: 'albUnits',
  },
  network: {
    kind: 'networkloadbalancer',
    namespace: 'AWS/NetworkELB',
    count: 'NewFlowCount',
    hours: 'nlbHours',
    units: 'nlbUnits',
  },
  classic: {
    kind: 'classicloadbalancer',
    namespace: 'AWS/ELB',
    count: 'RequestCount',
    hours: 'clbHours',
    units: null,
  },
} as const;

/** CloudWatch counts the requests of a load balancer, also when there are none, while it has registered targets. */
export function balancer(
  cast: Cast,
  family: keyof typeof FAMILIES,
  {
    targets,
    healthy,
    requests,
    made,
  }: { targets: number; healthy: number; requests?: SignalShape; made: Made },
): EstateResource {
  const { kind, namespace, count, hours, units } = FAMILIES[family];
  const one = make(cast, {
    type: 'elasticloadbalancing:loadbalancer',
    kind,
    state: family === 'classic' ? null : 'active',
    sizeClass: family,
    attachments:
      family === 'classic'
        ? []
        : [`arn:aws:elasticloadbalancing:${cast.region}:${cast.accountId}:targetgroup/${cast.label}/0a`],
    metered: [hourly(hours), ...(requests && units ? [{ meter: units, daily: requests.base / 300 }] : [])],
    ...made,
    attributes: { scheme: 'internet-facing', target_count: targets, healthy_target_count: healthy },
  });
  if (requests) {
    one.signals = signalsOf(one.utilizationId ?? '', {
      [`${namespace}/${count}`]: requests,
      ...(units
        ? {
            [`${namespace}/ConsumedLCUs`]: {
              ...requests,
              base: requests.base / 9000,
              offLevel: (requests.offLevel ?? 0) / 9000,
            },
          }
        : {}),
      [`${namespace}/${family === 'classic' ? 'EstimatedProcessedBytes' : 'ProcessedBytes'}`]: {
        ...requests,
        base: requests.base * 9000,
        offLevel: (requests.offLevel ?? 0) * 9000,
      },
    });
  }
  return one;
}

function gateway(cast: Cast, bytes: SignalShape, made: Made): EstateResource {
  const one = make(cast, {
    type: 'ec2:natgateway',
    kind: 'natgateway',
    state: 'available',
    metered: [hourly('natHours')],
    attributes: { connectivity: 'public' },
    ...made,
  });
  one.signals = signalsOf(one.utilizationId ?? '', {
    'AWS/NATGateway/BytesOutToDestination': bytes,
    'AWS/NATGateway/BytesInFromSource': { ...bytes, base: bytes.base * 0.9 },
    'AWS/NATGateway/ActiveConnectionCount': { ...bytes, base: bytes.base / MIB, burst: bytes.burst ? 1 : 0 },
  });
  return one;
}

function endpoint(cast: Cast, bytes: SignalShape, made: Made): EstateResource {
  const one = make(cast, {
    type: 'ec2:vpc-endpoint',
    kind: 'vpcendpoint',
    state: 'available',
    sizeClass: 'interface',
    metered: [hourly('vpcEndpointHours', 2)],
    attributes: {
      service_name: `com.amazonaws.${cast.region}.kinesis-streams`,
      endpoint_type: 'Interface',
      subnet_count: 2,
    },
    ...made,
  });
  const signals = signalsOf(one.utilizationId ?? '', { 'AWS/PrivateLinkEndpoints/BytesProcessed': bytes });
  for (const signal of signals) {
    signal.dimensions = {
      'Endpoint Type': 'Interface',
      'Service Name': String(one.attributes.service_name),
      ...signal.dimensions,
    };
  }
  one.signals = signals;
  return one;
}
