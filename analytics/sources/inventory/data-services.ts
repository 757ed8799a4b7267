import { DescribeTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeCacheClustersCommand,
  DescribeReplicationGroupsCommand,
  ElastiCacheClient,
  type ReplicationGroup,
} from '@aws-sdk/client-elasticache';
import { DescribeStreamSummaryCommand, KinesisClient, ListStreamsCommand } from '@aws-sdk/client-kinesis';
import { callAws, listAll } from '../aws-call.ts';
import { readDetails } from './read-details.ts';
import { makeArn, type ResourceKind, toResourceRow } from './resource-row.ts';

const GIB = 2 ** 30;

/** Tags come from the tagging API, here and below. */
const tables: ResourceKind = {
  name: 'DynamoDB tables',
  async list(place) {
    const { session, region } = place;
    const client = () => session.client(DynamoDBClient, region);
    const names = await listAll({
      what: `DynamoDB tables of ${session.accountId} in ${region}`,
      fetch: (token) =>
        callAws(session, () =>
          client().send(new ListTablesCommand(token === undefined ? {} : { ExclusiveStartTableName: token })),
        ),
      token: (page) => page.LastEvaluatedTableName,
      items: (page) => page.TableNames,
      key: (name) => name,
    });
    const found = await readDetails(names, (TableName) =>
      callAws(session, () => client().send(new DescribeTableCommand({ TableName }))),
    );
    return found.map(({ detail: { Table: table = {} } }) =>
      toResourceRow(place, {
        type: 'dynamodb:table',
        id: table.TableArn ?? makeArn(place, 'dynamodb', `table/${table.TableName}`),
        arn: table.TableArn,
        utilizationId: table.TableName,
        name: table.TableName,
        state: table.TableStatus,
        sizeGib: table.TableSizeBytes === undefined ? undefined : table.TableSizeBytes / GIB,
        createdAt: table.CreationDateTime,
        attributes: {
          billing_mode: table.BillingModeSummary?.BillingMode ?? 'PROVISIONED',
          read_capacity_units: table.ProvisionedThroughput?.ReadCapacityUnits,
          write_capacity_units: table.ProvisionedThroughput?.WriteCapacityUnits,
          table_class: table.TableClassSummary?.TableClass ?? 'STANDARD',
          item_count: table.ItemCount,
          replica_count: table.Replicas?.length ?? 0,
        },
      }),
    );
  },
};

const caches: ResourceKind = {
  name: 'ElastiCache clusters',
  async list(place) {
    const { session, region } = place;
    const client = () => session.client(ElastiCacheClient, region);
    const found = await listAll({
      what: `ElastiCache clusters of ${session.accountId} in ${region}`,
      fetch: (token) =>
        callAws(session, () =>
          client().send(new DescribeCacheClustersCommand(token === undefined ? {} : { Marker: token })),
        ),
      token: (page) => page.Marker,
      items: (page) => page.CacheClusters,
      key: (cluster) => cluster.CacheClusterId ?? '',
    });
    const groups = await listAll({
      what: `ElastiCache replication groups of ${session.accountId} in ${region}`,
      fetch: (token) =>
        callAws(session, () =>
          client().send(new DescribeReplicationGroupsCommand(token === undefined ? {} : { Marker: token })),
        ),
      token: (page) => page.Marker,
      items: (page) => page.ReplicationGroups,
      key: (group) => group.ReplicationGroupId ?? '',
    });
    const replicas = listReplicas(groups);
    return found.map((cluster) =>
      toResourceRow(place, {
        type: 'elasticache:cluster',
        id: cluster.ARN ?? makeArn(place, 'elasticache', `cluster:${cluster.CacheClusterId}`),
        arn: cluster.ARN,
        utilizationId: cluster.CacheClusterId,
        name: cluster.CacheClusterId,
        state: cluster.CacheClusterStatus,
        sizeClass: cluster.CacheNodeType,
        createdAt: cluster.CacheClusterCreateTime,
        attributes: {
          engine: cluster.Engine,
          engine_version: cluster.EngineVersion,
          node_count: cluster.NumCacheNodes,
          replication_group_id: cluster.ReplicationGroupId,
          is_replica: replicas.has(cluster.CacheClusterId ?? ''),
        },
      }),
    );
  },
};

/** Clusters that follow another. With cluster mode AWS names no primary: the first of a shard counts as that. */
function listReplicas(groups: readonly ReplicationGroup[]): Set<string> {
  const replicas = groups.flatMap(({ NodeGroups = [] }) =>
    NodeGroups.flatMap(({ NodeGroupMembers = [] }) => {
      const primary = NodeGroupMembers.find(({ CurrentRole }) => CurrentRole === 'primary');
      return NodeGroupMembers.filter((member) => member !== (primary ?? NodeGroupMembers[0]));
    }),
  );
  return new Set(replicas.flatMap(({ CacheClusterId }) => (CacheClusterId ? [CacheClusterId] : [])));
}

const streams: ResourceKind = {
  name: 'Kinesis streams',
  async list(place) {
    const { session, region } = place;
    const client = () => session.client(KinesisClient, region);
    const listed = await listAll({
      what: `Kinesis streams of ${session.accountId} in ${region}`,
      fetch: (token) =>
        callAws(session, () =>
          client().send(new ListStreamsCommand(token === undefined ? {} : { NextToken: token })),
        ),
      token: (page) => page.NextToken,
      items: (page) => page.StreamNames,
      key: (name) => name,
    });
    const found = await readDetails(listed, (StreamName) =>
      callAws(session, () => client().send(new DescribeStreamSummaryCommand({ StreamName }))),
    );
    return found.map(({ detail: { StreamDescriptionSummary: stream } }) =>
      toResourceRow(place, {
        type: 'kinesis:stream',
        id: stream?.StreamARN ?? makeArn(place, 'kinesis', `stream/${stream?.StreamName}`),
        arn: stream?.StreamARN,
        utilizationId: stream?.StreamName,
        name: stream?.StreamName,
        state: stream?.StreamStatus,
        createdAt: stream?.StreamCreationTimestamp,
        attributes: {
          mode: stream?.StreamModeDetails?.StreamMode,
          shard_count: stream?.OpenShardCount,
          retention_hours: stream?.RetentionPeriodHours,
          consumer_count: stream?.ConsumerCount,
        },
      }),
    );
  },
};

export const DATA_KINDS: ResourceKind[] = [tables, caches, streams];
