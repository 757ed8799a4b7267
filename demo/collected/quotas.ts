import { createRandom } from '../random.ts';
import { ACCOUNTS } from '../world.ts';

/** A limit, and how much of it is used: at the end of the window, and its growth a day. `usage` null: AWS has no metric of it. */
export type QuotaSeries = {
  accountId: string;
  region: string;
  serviceCode: string;
  serviceName: string;
  quotaCode: string;
  quotaName: string;
  limit: number;
  usage: number | null;
  growthADay: number;
  weekend: number;
  usageMetric: string | null;
};

type Row = [string, string, string, string, number, string | null];

// biome-ignore format: a table
const QUOTAS: Row[] = [
  ['ec2', 'Amazon Elastic Compute Cloud (Amazon EC2)', 'L-1216C47A', 'Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances', 1152, 'AWS/Usage/ResourceCount'],
  ['ec2', 'Amazon Elastic Compute Cloud (Amazon EC2)', 'L-DB2E81BA', 'Running On-Demand G and VT instances', 192, 'AWS/Usage/ResourceCount'],
  ['ec2', 'Amazon Elastic Compute Cloud (Amazon EC2)', 'L-34B43A08', 'All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests', 640, 'AWS/Usage/ResourceCount'],
  ['ec2', 'Amazon Elastic Compute Cloud (Amazon EC2)', 'L-0263D0A3', 'EC2-VPC Elastic IPs', 5, null],
  ['ebs', 'Amazon Elastic Block Store (Amazon EBS)', 'L-7A658B76', 'Storage for General Purpose SSD (gp3) volumes, in TiB', 50, 'AWS/Usage/ResourceCount'],
  ['vpc', 'Amazon Virtual Private Cloud (Amazon VPC)', 'L-F678F1CE', 'VPCs per Region', 5, null],
  ['rds', 'Amazon Relational Database Service (Amazon RDS)', 'L-7B6409FD', 'DB instances', 40, 'AWS/Usage/ResourceCount'],
  ['elasticloadbalancing', 'Elastic Load Balancing (ELB)', 'L-53DA6B97', 'Application Load Balancers per Region', 50, 'AWS/Usage/ResourceCount'],
  ['lambda', 'AWS Lambda', 'L-B99A9384', 'Concurrent executions', 1000, 'AWS/Lambda/ConcurrentExecutions'],
  ['dynamodb', 'Amazon DynamoDB', 'L-F98FE922', 'Maximum number of tables', 2500, 'AWS/Usage/ResourceCount'],
  ['fargate', 'AWS Fargate', 'L-3032A538', 'Fargate On-Demand vCPU resource count', 256, 'AWS/Usage/ResourceCount'],
  ['kinesis', 'Amazon Kinesis Data Streams', 'L-77E80C9E', 'Shards per Region', 500, null],
];

/** Share of the limit at the window's end, and the days in which it will be used up, of those that grow. */
const GROWING: Record<string, { account: string; ratio: number; fullInDays: number }> = {
  'L-1216C47A': { account: ACCOUNTS.commerce.id, ratio: 0.83, fullInDays: 48 },
  'L-B99A9384': { account: ACCOUNTS.web.id, ratio: 0.71, fullInDays: 85 },
  'L-7B6409FD': { account: ACCOUNTS.commerce.id, ratio: 0.9, fullInDays: 30 },
  'L-3032A538': { account: ACCOUNTS.data.id, ratio: 0.62, fullInDays: 160 },
};
const ASKED_ACCOUNTS = [
  ACCOUNTS.commerce,
  ACCOUNTS.web,
  ACCOUNTS.core,
  ACCOUNTS.data,
  ACCOUNTS.ml,
  ACCOUNTS.dev,
];

export function listQuotaSeries(seed: number): QuotaSeries[] {
  return ASKED_ACCOUNTS.flatMap(({ id }) =>
    QUOTAS.map(([serviceCode, serviceName, quotaCode, quotaName, limit, usageMetric]) => {
      const random = createRandom(seed, 'quota', id, quotaCode);
      const growing = GROWING[quotaCode];
      const ratio = growing?.account === id ? growing.ratio : 0.05 + 0.4 * random.unit();
      const growthADay =
        growing?.account === id ? ((1 - ratio) * limit) / growing.fullInDays : limit * 0.0002;
      return {
        accountId: id,
        region: 'us-east-1',
        serviceCode,
        serviceName,
        quotaCode,
        quotaName,
        limit,
        usage: usageMetric === null ? null : limit * ratio,
        growthADay,
        weekend: serviceCode === 'lambda' ? 0.85 : 1,
        usageMetric,
      };
    }),
  );
}
