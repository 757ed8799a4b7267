import { APIGatewayClient, GetRestApisCommand, GetStagesCommand } from '@aws-sdk/client-api-gateway';
import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  ListClustersCommand,
  ListServicesCommand,
  type Service,
} from '@aws-sdk/client-ecs';
import { ListEndpointsCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { callAws, listAll } from '../aws-call.ts';
import { readDetails } from './read-details.ts';
import { type Place, partitionOf, type ResourceKind, toResourceRow } from './resource-row.ts';

/** Services that one request may describe. */
const SERVICE_BATCH = 10;
const MIB_A_GIB = 1024;

/** Services of ECS, with the size of one of their tasks. Tags come from the tagging API. */
const services: ResourceKind = {
  name: 'ECS services',
  async list(place) {
    const { session, region } = place;
    const client = () => session.client(ECSClient, region);
    const clusters = await listAll({
      what: `ECS clusters of ${session.accountId} in ${region}`,
      fetch: (token) => callAws(session, () => client().send(new ListClustersCommand(nextOf(token)))),
      token: (page) => page.nextToken,
      items: (page) => page.clusterArns,
      key: (arn) => arn,
    });
    const found: Service[] = [];
    for (const cluster of clusters) found.push(...(await listServices(place, cluster)));
    const sizes = await readTaskSizes(
      place,
      found.flatMap(({ taskDefinition }) => (taskDefinition ? [taskDefinition] : [])),
    );
    return found.map((service) => {
      const cluster = service.clusterArn?.split('/').at(-1);
      const size = sizes.get(service.taskDefinition ?? '');
      return toResourceRow(place, {
        type: 'ecs:service',
        id: service.serviceArn ?? '',
        arn: service.serviceArn,
        utilizationId: `${cluster}/${service.serviceName}`,
        name: service.serviceName,
        state: service.status,
        sizeClass: launchTypeOf(service)?.toLowerCase(),
        sizeGib: size?.memoryMib === undefined ? undefined : size.memoryMib / MIB_A_GIB,
        createdAt: service.createdAt,
        attributes: {
          cluster,
          launch_type: launchTypeOf(service),
          desired_count: service.desiredCount,
          running_count: service.runningCount,
          cpu_units: size?.cpuUnits,
          memory_mib: size?.memoryMib,
          architecture: size?.architecture,
        },
      });
    });
  },
};

async function listServices({ session, region }: Place, cluster: string): Promise<Service[]> {
  const client = () => session.client(ECSClient, region);
  const arns = await listAll({
    what: `services of ${cluster}`,
    fetch: (token) =>
      callAws(session, () => client().send(new ListServicesCommand({ cluster, ...nextOf(token) }))),
    token: (page) => page.nextToken,
    items: (page) => page.serviceArns,
    key: (arn) => arn,
  });
  const found: Service[] = [];
  for (let start = 0; start < arns.length; start += SERVICE_BATCH) {
    const batch = arns.slice(start, start + SERVICE_BATCH);
    const answer = await callAws(session, () =>
      client().send(new DescribeServicesCommand({ cluster, services: batch })),
    );
    found.push(...(answer.services ?? []));
  }
  return found;
}

/** A service with a capacity provider has no launch type: those of Fargate are named so. */
function launchTypeOf({ launchType, capacityProviderStrategy = [] }: Service): string | undefined {
  if (launchType) return launchType;
  const [first] = capacityProviderStrategy;
  if (!first) return undefined;
  return /^FARGATE(_SPOT)?$/.test(first.capacityProvider ?? '') ? 'FARGATE' : 'EC2';
}

type TaskSize = {
  cpuUnits: number | undefined;
  memoryMib: number | undefined;
  architecture: string | undefined;
};

async function readTaskSizes({ session, region }: Place, arns: string[]): Promise<Map<string, TaskSize>> {
  const sizes = await readDetails([...new Set(arns)], async (taskDefinition): Promise<TaskSize> => {
    const { taskDefinition: task } = await callAws(session, () =>
      session.client(ECSClient, region).send(new DescribeTaskDefinitionCommand({ taskDefinition })),
    );
    return {
      cpuUnits: task?.cpu ? Number(task.cpu) : undefined,
      memoryMib: task?.memory ? Number(task.memory) : undefined,
      architecture: task?.runtimePlatform?.cpuArchitecture,
    };
  });
  return new Map(sizes.map(({ item, detail }) => [item, detail]));
}

/** Stages of REST APIs; CloudWatch knows them by the name of their API. */
const stages: ResourceKind = {
  name: 'API Gateway stages',
  async list(place) {
    const { session, region } = place;
    const client = () => session.client(APIGatewayClient, region);
    const apis = await listAll({
      what: `REST APIs of ${session.accountId} in ${region}`,
      fetch: (token) =>
        callAws(session, () =>
          client().send(new GetRestApisCommand(token === undefined ? {} : { position: token })),
        ),
      token: (page) => page.position,
      items: (page) => page.items,
      key: (api) => api.id ?? '',
    });
    const found = await readDetails(apis, ({ id: restApiId }) =>
      callAws(session, () => client().send(new GetStagesCommand({ restApiId }))),
    );
    const named = found.flatMap(({ item: api, detail }) =>
      (detail.item ?? []).map((stage) => ({ api, stage })),
    );
    return named.map(({ api, stage }) => {
      const arn = `arn:${partitionOf(region)}:apigateway:${region}::/restapis/${api.id}/stages/${stage.stageName}`;
      return toResourceRow(place, {
        type: 'apigateway:stage',
        id: arn,
        arn,
        utilizationId: `${api.name}/${stage.stageName}`,
        name: `${api.name}/${stage.stageName}`,
        createdAt: stage.createdDate,
        attributes: {
          api_name: api.name,
          is_cache_enabled: stage.cacheClusterEnabled ?? false,
          cache_size_gb: stage.cacheClusterEnabled ? stage.cacheClusterSize : undefined,
        },
        tags: stage.tags ?? {},
      });
    });
  },
};

/** Tags come from the tagging API. */
const endpoints: ResourceKind = {
  name: 'SageMaker endpoints',
  async list(place) {
    const { session, region } = place;
    const found = await listAll({
      what: `SageMaker endpoints of ${session.accountId} in ${region}`,
      fetch: (token) =>
        callAws(session, () =>
          session
            .client(SageMakerClient, region)
            .send(new ListEndpointsCommand(token === undefined ? {} : { NextToken: token })),
        ),
      token: (page) => page.NextToken,
      items: (page) => page.Endpoints,
      key: (endpoint) => endpoint.EndpointArn ?? '',
    });
    return found.map((endpoint) =>
      toResourceRow(place, {
        type: 'sagemaker:endpoint',
        id: endpoint.EndpointArn ?? '',
        arn: endpoint.EndpointArn,
        utilizationId: endpoint.EndpointName,
        name: endpoint.EndpointName,
        state: endpoint.EndpointStatus,
        createdAt: endpoint.CreationTime,
      }),
    );
  },
};

function nextOf(token: string | undefined): { nextToken?: string } {
  return token === undefined ? {} : { nextToken: token };
}

export const SERVING_KINDS: ResourceKind[] = [services, stages, endpoints];
