import * as apiGateway from '@aws-sdk/client-api-gateway';
import * as autoScaling from '@aws-sdk/client-auto-scaling';
import * as budgets from '@aws-sdk/client-budgets';
import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as costExplorer from '@aws-sdk/client-cost-explorer';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as ec2 from '@aws-sdk/client-ec2';
import * as ecs from '@aws-sdk/client-ecs';
import * as classicBalancing from '@aws-sdk/client-elastic-load-balancing';
import * as balancing from '@aws-sdk/client-elastic-load-balancing-v2';
import * as elasticache from '@aws-sdk/client-elasticache';
import * as events from '@aws-sdk/client-eventbridge';
import * as kinesis from '@aws-sdk/client-kinesis';
import * as lambda from '@aws-sdk/client-lambda';
import * as organizations from '@aws-sdk/client-organizations';
import * as rds from '@aws-sdk/client-rds';
import * as tagging from '@aws-sdk/client-resource-groups-tagging-api';
import * as s3 from '@aws-sdk/client-s3';
import * as sagemaker from '@aws-sdk/client-sagemaker';
import * as quotas from '@aws-sdk/client-service-quotas';
import * as ses from '@aws-sdk/client-sesv2';
import * as sns from '@aws-sdk/client-sns';
import * as sts from '@aws-sdk/client-sts';
import { XmlCodec } from '@aws-sdk/core/protocols';

/**
 * The server's side of AWS's wire protocols. Operations and shapes come from the API models that the SDK's clients carry:
 * what a model does not have cannot be asked or answered.
 */

export type Shape = [number, string, string, unknown, string[], unknown[], number?];
export type Operation = {
  name: string;
  input: Shape;
  output: Shape;
  http: [string, string, number] | undefined;
};
export type Input = Record<string, unknown>;
export type Answer = { status: number; type: string; body: string };

type Codec = {
  createSerializer(): { write(shape: unknown, value: unknown): void; flush(): unknown };
  createDeserializer(): { read(shape: unknown, body: string): unknown };
};

export type Api = {
  name: string;
  operations: Map<string, Operation>;
  protocol: 'json' | 'rest-json' | 'rest-xml' | 'query' | 'ec2';
  codec: Codec;
  type: string;
};

type Module = Record<string, unknown>;
type Client = { config: { protocol: { getPayloadCodec(): Codec; getDefaultContentType(): string } } };

/** By the service name in a request's signature; two versions of one service differ by the Version parameter. */
const MODULES: Record<string, [Module, string]> = {
  ce: [costExplorer, 'CostExplorerClient'],
  monitoring: [cloudwatch, 'CloudWatchClient'],
  logs: [logs, 'CloudWatchLogsClient'],
  ec2: [ec2, 'EC2Client'],
  autoscaling: [autoScaling, 'AutoScalingClient'],
  'elasticloadbalancing 2012-06-01': [classicBalancing, 'ElasticLoadBalancingClient'],
  'elasticloadbalancing 2015-12-01': [balancing, 'ElasticLoadBalancingV2Client'],
  rds: [rds, 'RDSClient'],
  lambda: [lambda, 'LambdaClient'],
  apigateway: [apiGateway, 'APIGatewayClient'],
  dynamodb: [dynamodb, 'DynamoDBClient'],
  ecs: [ecs, 'ECSClient'],
  elasticache: [elasticache, 'ElastiCacheClient'],
  kinesis: [kinesis, 'KinesisClient'],
  s3: [s3, 'S3Client'],
  sagemaker: [sagemaker, 'SageMakerClient'],
  tagging: [tagging, 'ResourceGroupsTaggingAPIClient'],
  servicequotas: [quotas, 'ServiceQuotasClient'],
  budgets: [budgets, 'BudgetsClient'],
  organizations: [organizations, 'OrganizationsClient'],
  sts: [sts, 'STSClient'],
  sns: [sns, 'SNSClient'],
  events: [events, 'EventBridgeClient'],
  ses: [ses, 'SESv2Client'],
};

const apis = new Map<string, Api>();

export function findApi(signingName: string, version: string | null): Api | undefined {
  const name = [signingName, `${signingName} ${version}`].find((each) => each in MODULES);
  if (name === undefined) return undefined;
  const known = apis.get(name);
  if (known) return known;
  const [module, clientName] = MODULES[name] as [Module, string];
  const made = makeApi(name, module, clientName);
  apis.set(name, made);
  return made;
}

function makeApi(name: string, module: Module, clientName: string): Api {
  const Kind = module[clientName] as new (config: { region: string }) => Client;
  const { protocol } = new Kind({ region: 'us-east-1' }).config;
  const kinds: Record<string, Api['protocol']> = {
    AwsJson1_0Protocol: 'json',
    AwsJson1_1Protocol: 'json',
    AwsRestJsonProtocol: 'rest-json',
    S3RestXmlProtocol: 'rest-xml',
    AwsQueryProtocol: 'query',
    AwsEc2QueryProtocol: 'ec2',
  };
  const kind = kinds[protocol.constructor.name];
  if (!kind) throw new Error(`${name} speaks ${protocol.constructor.name}, which the server does not`);
  const isXml = kind === 'query' || kind === 'ec2' || kind === 'rest-xml';
  return {
    name: name.split(' ')[0] as string,
    operations: listOperations(module),
    protocol: kind,
    codec: (isXml
      ? new XmlCodec({
          xmlNamespace: `http://${name}.example/`,
          timestampFormat: { useTrait: true, default: 5 },
        } as never)
      : protocol.getPayloadCodec()) as Codec,
    type: isXml ? 'text/xml' : protocol.getDefaultContentType(),
  };
}

function listOperations(module: Module): Map<string, Operation> {
  const operations = new Map<string, Operation>();
  for (const value of Object.values(module)) {
    if (!Array.isArray(value) || value[0] !== 9) continue;
    const [, , name, traits, input, output] = value as [
      number,
      string,
      string,
      { http?: Operation['http'] },
      unknown,
      unknown,
    ];
    operations.set(name, { name, input: resolve(input), output: resolve(output), http: traits?.http });
  }
  return operations;
}

/** Shapes may refer to each other by functions. */
function resolve(shape: unknown): Shape {
  return (typeof shape === 'function' ? shape() : shape) as Shape;
}

/** The operation that a request asks for. */
export function findOperation(
  api: Api,
  request: RestRequest & { target: string; form: URLSearchParams },
): Operation | undefined {
  if (api.protocol === 'json') return api.operations.get(request.target.split('.')[1] ?? '');
  if (!isRest(api)) return api.operations.get(request.form.get('Action') ?? '');
  // Of those that fit, the one that asks for most in the query.
  const [first] = [...api.operations.values()]
    .filter((operation) => matchRest(api, operation, request))
    .sort((a, b) => countFlags(b) - countFlags(a));
  return first;
}

type RestRequest = { method: string; path: string; query: URLSearchParams };

function isRest({ protocol }: Api): boolean {
  return protocol === 'rest-json' || protocol === 'rest-xml';
}

function countFlags({ http }: Operation): number {
  return http?.[1].split(/[?&]/).slice(1).length ?? 0;
}

/** The labels of the path, where method, path and the query's fixed part are the operation's. */
function matchRest(api: Api, { http, input }: Operation, request: RestRequest): Input | undefined {
  const [path = '', ...flags] = http?.[1].split(/[?&]/) ?? [];
  // The SDK puts the bucket before the path where the host is an address.
  const full = api.protocol === 'rest-xml' && input[4]?.includes('Bucket') ? `/{Bucket}${path}` : path;
  const names = [...full.matchAll(/\{(\w+)\+?\}/g)].map(([, name = '']) => name);
  const pattern = full
    .replace(/\/$/, '')
    .replace(/\{\w+\+\}/g, '(.+)')
    .replace(/\{\w+\}/g, '([^/]+)');
  const found = new RegExp(`^${pattern}/?$`).exec(request.path);
  const isAsked = flags.every((flag) => {
    const [name = '', value] = flag.split('=');
    return value === undefined ? request.query.has(name) : request.query.get(name) === value;
  });
  if (http?.[0] !== request.method || !found || !isAsked) return undefined;
  return Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? '')]));
}

/** The input as the SDK was given it; a query's parameters by their names, `Filter.1.Name` as it stands. */
export async function readInput(
  api: Api,
  operation: Operation,
  request: RestRequest & { body: string; form: URLSearchParams },
): Promise<Input> {
  if (api.protocol === 'json') {
    const input = (await api.codec.createDeserializer().read(operation.input, request.body || '{}')) as Input;
    const unknown = Object.keys(JSON.parse(request.body || '{}')).filter(
      (name) => !operation.input[4]?.includes(name),
    );
    const required = operation.input[4]?.slice(0, operation.input[6] ?? 0) ?? [];
    const missing = required.filter((name) => input[name] === undefined);
    if (unknown.length + missing.length > 0) {
      throw new AwsFault('ValidationException', `unknown: ${unknown}; missing: ${missing}`);
    }
    return input;
  }
  if (!isRest(api)) return Object.fromEntries(request.form);
  return { ...Object.fromEntries(request.query), ...matchRest(api, operation, request) };
}

export function writeOutput(api: Api, operation: Operation, output: Input): Answer {
  const unknown = Object.keys(output).filter((name) => !operation.output[4].includes(name));
  if (unknown.length > 0) throw new Error(`${operation.name} answers no ${unknown}`);
  const serializer = api.codec.createSerializer();
  serializer.write(operation.output, output);
  const text = toText(serializer.flush());
  const inner = text.replace(/^<[^>]*?\/?>/, '').replace(/<\/[^>]*>$/, '');
  const bodies = {
    json: text,
    'rest-json': text,
    'rest-xml': text,
    query: `<${operation.name}Response><${operation.name}Result>${inner}</${operation.name}Result></${operation.name}Response>`,
    ec2: `<${operation.name}Response>${inner}</${operation.name}Response>`,
  };
  return { status: 200, type: api.type, body: bodies[api.protocol] };
}

export function writeFault(api: Api | undefined, { code, message, status }: AwsFault): Answer {
  const inner = `<Code>${code}</Code><Message>${message}</Message>`;
  const bodies = {
    json: JSON.stringify({ __type: code, message }),
    'rest-json': JSON.stringify({ __type: code, message }),
    'rest-xml': `<Error>${inner}</Error>`,
    query: `<ErrorResponse><Error><Type>Sender</Type>${inner}</Error></ErrorResponse>`,
    ec2: `<Response><Errors><Error>${inner}</Error></Errors></Response>`,
  };
  return { status, type: api?.type ?? 'text/plain', body: bodies[api?.protocol ?? 'json'] };
}

/** An error as AWS answers it. */
export class AwsFault extends Error {
  override readonly name = 'AwsFault';
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string = code, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

function toText(flushed: unknown): string {
  return typeof flushed === 'string' ? flushed : new TextDecoder().decode(flushed as Uint8Array);
}
