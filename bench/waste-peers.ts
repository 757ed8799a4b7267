import type { Engine } from '../analytics/engine/duckdb.ts';

import type { Finding } from './waste-score.ts';

/** A rule as its project publishes it: the detectors that look for the same, and the ids of what it reports. */
type PeerRule = { standsFor: readonly string[]; sql: string };

const IDLE_KINDS = ['ec2_idle', 'ec2_gpu_idle'];
const instances = (having: string, days: number) => `
  select r.resource_id from stg_resources r
  left join utilization u on u.resource_id = r.utilization_id and u.namespace = 'AWS/EC2'
    and u.date >= (select as_of_date from run) - interval '${days}' day
  where r.resource_type = 'ec2:instance' and r.state = 'running'
  group by r.resource_id having ${having}`;
const average = (metric: string, column = 'average') =>
  `coalesce(avg(u.${column}) filter (u.metric = '${metric}'), 0)`;
const dailyMaximum = (type: string, namespace: string, metric: string, column: string, days: number) => `
  select resource_id from (
    select r.resource_id, u.date, max(u.${column}) as peak from stg_resources r
    join utilization u on u.resource_id = r.utilization_id and u.namespace = '${namespace}' and u.metric = '${metric}'
      and u.date >= (select as_of_date from run) - interval '${days}' day
    where r.resource_type = '${type}' group by all)
  group by resource_id`;

/** OptScale's modules with their default settings, and the controls of Powerpipe's AWS Thrifty mod with their variables. */
export const PEER_RULES: Readonly<Record<string, Readonly<Record<string, PeerRule>>>> = {
  OptScale: {
    // 7 days, mean CPU <= 5 %, mean traffic <= 1000 bytes a second; where nothing is measured the means are 0.
    'abandoned instances': {
      standsFor: IDLE_KINDS,
      sql: instances(
        `${average('CPUUtilization')} <= 5 and ${average('NetworkIn', 'sum')} / 3600 <= 1000 and ${average('NetworkOut', 'sum')} / 3600 <= 1000`,
        7,
      ),
    },
    // P99 of CPU on half the size stays below 80 %.
    'rightsizing instances': {
      standsFor: ['ec2_oversized'],
      sql: instances(
        `coalesce(quantile_cont(u.average, 0.99) filter (u.metric = 'CPUUtilization'), 0) * 2 <= 80`,
        3,
      ),
    },
    'instances for shutdown': {
      standsFor: ['ec2_nonproduction_schedule'],
      sql: `
        select resource_id from (
          select r.resource_id, u.date, hour(u.measured_at) as hour, max(u.average) filter (u.metric = 'CPUUtilization') as cpu,
            max(u.sum) filter (u.metric = 'NetworkIn') as bytes
          from stg_resources r join utilization u on u.resource_id = r.utilization_id and u.namespace = 'AWS/EC2'
            and u.date >= (select as_of_date from run) - interval '14' day
          where r.resource_type = 'ec2:instance' and r.state = 'running' group by all)
        group by resource_id having avg((cpu <= 5 and bytes / 3600 <= 1000)::int) between 0.2 and 0.98`,
    },
    'instances stopped': {
      standsFor: ['ec2_stopped'],
      sql: `select resource_id from stg_resources where resource_type = 'ec2:instance' and state = 'stopped' and date_diff('day', state_since_date, last_seen_date) >= 1`,
    },
    'volumes not attached': {
      standsFor: ['ebs_unattached'],
      sql: `select resource_id from stg_resources where resource_type = 'ec2:volume' and attachments = '[]' and date_diff('day', state_since_date, last_seen_date) >= 1`,
    },
    'obsolete snapshots': {
      standsFor: ['snapshot_stale'],
      sql: `select s.resource_id from stg_resources s where s.resource_type = 'ec2:snapshot'
        and not exists (select 1 from stg_resources v where v.resource_type = 'ec2:volume' and v.resource_id = element_at(s.attributes, 'volume_id'))`,
    },
    'obsolete IPs': {
      standsFor: ['elastic_ip_idle'],
      sql: `select resource_id from stg_resources where resource_type = 'ec2:elastic-ip' and state = 'unassociated' and date_diff('day', state_since_date, last_seen_date) >= 7`,
    },
    'abandoned load balancers': {
      standsFor: ['load_balancer_idle', 'load_balancer_without_targets'],
      sql: `
        select r.resource_id from stg_resources r
        left join utilization u on u.resource_id = r.utilization_id and u.metric in ('RequestCount', 'NewFlowCount')
          and u.date >= (select as_of_date from run) - interval '7' day
        where r.resource_type = 'elasticloadbalancing:loadbalancer' group by r.resource_id having coalesce(sum(u.sum), 0) = 0`,
    },
    'abandoned S3 buckets': {
      standsFor: ['s3_cold'],
      sql: `
        select r.resource_id from stg_resources r
        left join resource_charges c on c.resource_id = r.resource_id and c.sku_meter like '%Requests-Tier%'
        where r.resource_type = 's3:bucket' group by r.resource_id having coalesce(sum(c.consumed_quantity), 0) <= 100`,
    },
  },
  Thrifty: {
    'EC2 low utilization': {
      standsFor: [...IDLE_KINDS, 'ec2_oversized'],
      sql: `${dailyMaximum('ec2:instance', 'AWS/EC2', 'CPUUtilization', 'maximum', 30)} having avg(peak) < 20`,
    },
    'EC2 previous generation': {
      standsFor: ['ec2_previous_generation'],
      sql: `select resource_id from stg_resources where resource_type = 'ec2:instance' and regexp_matches(size_class, '^(t1|t2|m1|m2|m3|m4|c1|c3|c4|r3|r4|i2|d2|g2|p2)\\.')`,
    },
    'EBS unattached': {
      standsFor: ['ebs_unattached'],
      sql: `select resource_id from stg_resources where resource_type = 'ec2:volume' and attachments = '[]'`,
    },
    'EBS low usage': {
      standsFor: ['ebs_idle'],
      sql: `
        select r.resource_id from stg_resources r
        join utilization u on u.resource_id = r.utilization_id and u.namespace = 'AWS/EBS' and u.metric in ('VolumeReadOps', 'VolumeWriteOps')
          and u.date >= (select as_of_date from run) - interval '30' day
        where r.resource_type = 'ec2:volume' group by r.resource_id having sum(u.sum) <= 100`,
    },
    'EBS gp2, io1': {
      standsFor: ['ebs_gp2', 'ebs_io_overprovisioned'],
      sql: `select resource_id from stg_resources where resource_type = 'ec2:volume'
        and (size_class in ('gp2', 'io1') or (size_class = 'io2' and try_cast(element_at(attributes, 'iops') as int) <= 16000))`,
    },
    'EBS on stopped instances': {
      standsFor: ['ebs_on_stopped_instance'],
      sql: `select v.resource_id from stg_resources v join stg_resources i on i.resource_type = 'ec2:instance' and i.state = 'stopped'
        and contains(v.attachments, i.resource_id) where v.resource_type = 'ec2:volume'`,
    },
    'snapshots older than 90 days': {
      standsFor: ['snapshot_stale'],
      sql: `select resource_id from stg_resources where resource_type = 'ec2:snapshot' and created_at < (select as_of_date from run) - interval '90' day`,
    },
    'addresses unattached': {
      standsFor: ['elastic_ip_idle'],
      sql: `select resource_id from stg_resources where resource_type = 'ec2:elastic-ip' and state = 'unassociated'`,
    },
    'load balancers without targets': {
      standsFor: ['load_balancer_idle', 'load_balancer_without_targets'],
      sql: `select resource_id from stg_resources where resource_type = 'elasticloadbalancing:loadbalancer' and element_at(attributes, 'target_count') = '0'`,
    },
    'NAT gateways unused': {
      standsFor: ['nat_gateway_idle'],
      sql: `
        select r.resource_id from stg_resources r
        left join utilization u on u.resource_id = r.utilization_id and u.metric = 'BytesOutToDestination'
          and u.date >= (select as_of_date from run) - interval '30' day
        where r.resource_type = 'ec2:natgateway' group by r.resource_id having coalesce(sum(u.sum), 0) = 0`,
    },
    'RDS low connections': {
      standsFor: ['rds_idle'],
      sql: `${dailyMaximum('rds:db', 'AWS/RDS', 'DatabaseConnections', 'maximum', 30)} having avg(peak) = 0`,
    },
    'RDS low utilization': {
      standsFor: ['rds_oversized'],
      sql: `${dailyMaximum('rds:db', 'AWS/RDS', 'CPUUtilization', 'average', 30)} having avg(peak) <= 25`,
    },
    'log groups without retention': {
      standsFor: ['log_group_no_retention'],
      sql: `select resource_id from stg_resources where resource_type = 'logs:log-group' and element_at(attributes, 'retention_days') is null`,
    },
    'Lambda not on Graviton': {
      standsFor: ['lambda_x86'],
      sql: `select resource_id from stg_resources where resource_type = 'lambda:function' and element_at(attributes, 'architecture') = 'x86_64'`,
    },
    'ECS low utilization': {
      standsFor: ['ecs_idle', 'ecs_oversized'],
      sql: `${dailyMaximum('ecs:service', 'AWS/ECS', 'CPUUtilization', 'maximum', 30)} having avg(peak) < 20`,
    },
    'Redshift low utilization': {
      standsFor: ['redshift_idle'],
      sql: `${dailyMaximum('redshift:cluster', 'AWS/Redshift', 'CPUUtilization', 'average', 30)} having avg(peak) <= 20`,
    },
  },
};

/** What the rules of a project report on the data that the engine holds after a run. */
export async function listPeerFindings(engine: Engine, peer: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [detector, { sql }] of Object.entries(PEER_RULES[peer] ?? {})) {
    for (const { resource_id } of await engine.query(sql))
      findings.push({ detector, resourceId: String(resource_id) });
  }
  return findings;
}
