import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { groupBy } from '../../group-by.ts';
import { callAws, listAll } from '../aws-call.ts';
import { type ResourceKind, readTags, toResourceRow } from './resource-row.ts';

const MIB_A_GIB = 1024;
const GIB = 2 ** 30;

const databases: ResourceKind = {
  name: 'RDS instances',
  async list(place) {
    const { session, region } = place;
    const found = await listAll({
      what: `RDS instances of ${session.accountId} in ${region}`,
      fetch: (token) =>
        callAws(session, () =>
          session
            .client(RDSClient, region)
            .send(new DescribeDBInstancesCommand(token === undefined ? {} : { Marker: token })),
        ),
      token: (page) => page.Marker,
      items: (page) => page.DBInstances,
      key: (database) => database.DBInstanceArn ?? '',
    });
    const members = groupBy(found, ({ DBClusterIdentifier = '' }) => DBClusterIdentifier);
    return found.map((database) =>
      toResourceRow(place, {
        type: 'rds:db',
        id: database.DBInstanceArn ?? '',
        arn: database.DBInstanceArn,
        utilizationId: database.DBInstanceIdentifier,
        name: database.DBInstanceIdentifier,
        state: database.DBInstanceStatus,
        sizeClass: database.DBInstanceClass,
        sizeGib: database.AllocatedStorage,
        createdAt: database.InstanceCreateTime,
        attributes: {
          engine: database.Engine,
          engine_version: database.EngineVersion,
          storage_type: database.StorageType,
          iops: database.Iops,
          is_multi_az: database.MultiAZ,
          max_storage_gib: database.MaxAllocatedStorage,
          backup_retention_days: database.BackupRetentionPeriod,
          cluster_id: database.DBClusterIdentifier,
          cluster_member_count: database.DBClusterIdentifier
            ? members.get(database.DBClusterIdentifier)?.length
            : undefined,
          replica_of: database.ReadReplicaSourceDBInstanceIdentifier,
          is_replica: database.ReadReplicaSourceDBInstanceIdentifier !== undefined,
        },
        tags: readTags(database.TagList),
      }),
    );
  },
};

/** Lambda lists functions without their tags; the tagging API adds them. */
const functions: ResourceKind = {
  name: 'Lambda functions',
  async list(place) {
    const { session, region } = place;
    const found = await listAll({
      what: `Lambda functions of ${session.accountId} in ${region}`,
      fetch: (token) =>
        callAws(session, () =>
          session
            .client(LambdaClient, region)
            .send(new ListFunctionsCommand(token === undefined ? {} : { Marker: token })),
        ),
      token: (page) => page.NextMarker,
      items: (page) => page.Functions,
      key: (each) => each.FunctionArn ?? '',
    });
    return found.map((each) =>
      toResourceRow(place, {
        type: 'lambda:function',
        id: each.FunctionArn ?? '',
        arn: each.FunctionArn,
        utilizationId: each.FunctionName,
        name: each.FunctionName,
        sizeGib: each.MemorySize === undefined ? undefined : each.MemorySize / MIB_A_GIB,
        attributes: {
          runtime: each.Runtime,
          architecture: each.Architectures?.[0],
          memory_mib: each.MemorySize,
          timeout_seconds: each.Timeout,
          code_bytes: each.CodeSize,
          ephemeral_storage_mib: each.EphemeralStorage?.Size,
          modified_at: each.LastModified,
        },
      }),
    );
  },
};

/** Tags come from the tagging API. */
const logGroups: ResourceKind = {
  name: 'log groups',
  async list(place) {
    const { session, region } = place;
    const found = await listAll({
      what: `log groups of ${session.accountId} in ${region}`,
      fetch: (token) =>
        callAws(session, () =>
          session
            .client(CloudWatchLogsClient, region)
            .send(new DescribeLogGroupsCommand(token === undefined ? {} : { nextToken: token })),
        ),
      token: (page) => page.nextToken,
      items: (page) => page.logGroups,
      key: (group) => group.logGroupName ?? '',
    });
    return found.map((group) => {
      const arn = group.logGroupArn ?? group.arn?.replace(/:\*$/, '');
      return toResourceRow(place, {
        type: 'logs:log-group',
        id: arn ?? group.logGroupName ?? '',
        arn,
        name: group.logGroupName,
        sizeClass: group.logGroupClass,
        sizeGib: group.storedBytes === undefined ? undefined : group.storedBytes / GIB,
        createdAt: group.creationTime === undefined ? undefined : new Date(group.creationTime),
        attributes: { retention_days: group.retentionInDays, stored_bytes: group.storedBytes },
      });
    });
  },
};

export const MANAGED_KINDS: ResourceKind[] = [databases, functions, logGroups];
