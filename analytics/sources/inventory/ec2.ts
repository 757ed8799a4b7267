import {
  DescribeAddressesCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeNatGatewaysCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  DescribeVpcEndpointsCommand,
  EC2Client,
  type Instance,
} from '@aws-sdk/client-ec2';
import { callAws, listAll } from '../aws-call.ts';
import { makeArn, type Place, type ResourceKind, readTags, toResourceRow } from './resource-row.ts';

const PAGE_SIZE = 1000;
/** The tag that EC2 Auto Scaling puts on what it launches. */
const GROUP_TAG = 'aws:autoscaling:groupName';

type PagedInput = { MaxResults?: number; NextToken?: string };

/** All items of an EC2 listing; what changes while the pages are read is taken as last seen. */
function listEc2<Page extends { NextToken?: string | undefined }, Item>(
  { session, region }: Place,
  what: string,
  options: {
    ask(client: EC2Client, input: PagedInput): Promise<Page>;
    items(page: Page): readonly Item[] | undefined;
    key(item: Item): string | undefined;
  },
): Promise<Item[]> {
  return listAll({
    what: `${what} of ${session.accountId} in ${region}`,
    fetch: (token) =>
      callAws(session, () =>
        options.ask(session.client(EC2Client, region), {
          MaxResults: PAGE_SIZE,
          ...(token === undefined ? {} : { NextToken: token }),
        }),
      ),
    token: (page: Page) => page.NextToken,
    items: options.items,
    key: (item) => options.key(item) ?? '',
  });
}

const instances: ResourceKind = {
  name: 'EC2 instances',
  async list(place) {
    const found = await listEc2(place, 'instances', {
      ask: (client, input) => client.send(new DescribeInstancesCommand(input)),
      items: (page) => (page.Reservations ?? []).flatMap(({ Instances = [] }) => Instances),
      key: (instance: Instance) => instance.InstanceId,
    });
    return found.map((instance) =>
      toResourceRow(place, {
        type: 'ec2:instance',
        id: instance.InstanceId ?? '',
        arn: makeArn(place, 'ec2', `instance/${instance.InstanceId}`),
        utilizationId: instance.InstanceId,
        state: instance.State?.Name,
        sizeClass: instance.InstanceType,
        attachments: (instance.BlockDeviceMappings ?? []).map(({ Ebs }) => Ebs?.VolumeId),
        createdAt: instance.LaunchTime,
        attributes: {
          availability_zone: instance.Placement?.AvailabilityZone,
          tenancy: instance.Placement?.Tenancy,
          architecture: instance.Architecture,
          platform: instance.PlatformDetails,
          lifecycle: instance.InstanceLifecycle ?? 'on-demand',
          image_id: instance.ImageId,
          core_count: instance.CpuOptions?.CoreCount,
          is_ebs_optimized: instance.EbsOptimized,
          state_changed: instance.StateTransitionReason || undefined,
          root_volume_id: instance.BlockDeviceMappings?.find(
            ({ DeviceName }) => DeviceName === instance.RootDeviceName,
          )?.Ebs?.VolumeId,
          autoscaling_group: readTags(instance.Tags)[GROUP_TAG],
        },
        tags: readTags(instance.Tags),
      }),
    );
  },
};

const volumes: ResourceKind = {
  name: 'EBS volumes',
  async list(place) {
    const found = await listEc2(place, 'volumes', {
      ask: (client, input) => client.send(new DescribeVolumesCommand(input)),
      items: (page) => page.Volumes,
      key: (volume) => volume.VolumeId,
    });
    return found.map((volume) =>
      toResourceRow(place, {
        type: 'ec2:volume',
        id: volume.VolumeId ?? '',
        arn: makeArn(place, 'ec2', `volume/${volume.VolumeId}`),
        utilizationId: volume.VolumeId,
        state: volume.State,
        sizeClass: volume.VolumeType,
        sizeGib: volume.Size,
        attachments: (volume.Attachments ?? []).map(({ InstanceId }) => InstanceId),
        createdAt: volume.CreateTime,
        attributes: {
          iops: volume.Iops,
          throughput_mib_per_second: volume.Throughput,
          snapshot_id: volume.SnapshotId || undefined,
          is_encrypted: volume.Encrypted,
          availability_zone: volume.AvailabilityZone,
        },
        tags: readTags(volume.Tags),
      }),
    );
  },
};

const snapshots: ResourceKind = {
  name: 'EBS snapshots',
  async list(place) {
    const found = await listEc2(place, 'snapshots', {
      ask: (client, input) => client.send(new DescribeSnapshotsCommand({ ...input, OwnerIds: ['self'] })),
      items: (page) => page.Snapshots,
      key: (snapshot) => snapshot.SnapshotId,
    });
    return found.map((snapshot) => {
      const arn = makeArn(place, 'ec2', `snapshot/${snapshot.SnapshotId}`);
      return toResourceRow(place, {
        type: 'ec2:snapshot',
        id: arn,
        arn,
        name: snapshot.SnapshotId,
        state: snapshot.State,
        sizeClass: snapshot.StorageTier,
        sizeGib: snapshot.VolumeSize,
        createdAt: snapshot.StartTime,
        attributes: {
          volume_id: snapshot.VolumeId,
          description: snapshot.Description || undefined,
          full_size_bytes: snapshot.FullSnapshotSizeInBytes,
        },
        tags: readTags(snapshot.Tags),
      });
    });
  },
};

const addresses: ResourceKind = {
  name: 'Elastic IP addresses',
  async list(place) {
    const { session, region } = place;
    // The one listing of EC2 that has no pages.
    const { Addresses = [] } = await callAws(session, () =>
      session.client(EC2Client, region).send(new DescribeAddressesCommand({})),
    );
    return Addresses.map((address) => {
      const arn = makeArn(place, 'ec2', `elastic-ip/${address.AllocationId ?? address.PublicIp}`);
      return toResourceRow(place, {
        type: 'ec2:elastic-ip',
        id: arn,
        arn,
        name: address.PublicIp,
        state: address.AssociationId || address.InstanceId ? 'associated' : 'unassociated',
        attachments: [address.InstanceId || address.NetworkInterfaceId],
        attributes: { allocation_id: address.AllocationId, domain: address.Domain },
        tags: readTags(address.Tags),
      });
    });
  },
};

const natGateways: ResourceKind = {
  name: 'NAT gateways',
  async list(place) {
    const found = await listEc2(place, 'NAT gateways', {
      ask: (client, input) => client.send(new DescribeNatGatewaysCommand(input)),
      items: (page) => page.NatGateways,
      key: (gateway) => gateway.NatGatewayId,
    });
    return found.map((gateway) => {
      const arn = makeArn(place, 'ec2', `natgateway/${gateway.NatGatewayId}`);
      return toResourceRow(place, {
        type: 'ec2:natgateway',
        id: arn,
        arn,
        utilizationId: gateway.NatGatewayId,
        name: gateway.NatGatewayId,
        state: gateway.State,
        createdAt: gateway.CreateTime,
        attributes: {
          vpc_id: gateway.VpcId,
          subnet_id: gateway.SubnetId,
          connectivity: gateway.ConnectivityType,
        },
        tags: readTags(gateway.Tags),
      });
    });
  },
};

const images: ResourceKind = {
  name: 'machine images',
  async list(place) {
    const found = await listEc2(place, 'images', {
      ask: (client, input) => client.send(new DescribeImagesCommand({ ...input, Owners: ['self'] })),
      items: (page) => page.Images,
      key: (image) => image.ImageId,
    });
    return found.map((image) => {
      const arn = makeArn(place, 'ec2', `image/${image.ImageId}`);
      const snapshotIds = (image.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []);
      return toResourceRow(place, {
        type: 'ec2:image',
        id: arn,
        arn,
        name: image.Name,
        state: image.State,
        createdAt: image.CreationDate,
        attributes: {
          image_id: image.ImageId,
          snapshot_ids: snapshotIds.join(',') || undefined,
          last_launched_at: image.LastLaunchedTime,
          is_public: image.Public,
          architecture: image.Architecture,
        },
        tags: readTags(image.Tags),
      });
    });
  },
};

const endpoints: ResourceKind = {
  name: 'VPC endpoints',
  async list(place) {
    const found = await listEc2(place, 'VPC endpoints', {
      ask: (client, input) => client.send(new DescribeVpcEndpointsCommand(input)),
      items: (page) => page.VpcEndpoints,
      key: (endpoint) => endpoint.VpcEndpointId,
    });
    return found.map((endpoint) => {
      const arn = makeArn(place, 'ec2', `vpc-endpoint/${endpoint.VpcEndpointId}`);
      return toResourceRow(place, {
        type: 'ec2:vpc-endpoint',
        id: arn,
        arn,
        utilizationId: endpoint.VpcEndpointId,
        name: endpoint.VpcEndpointId,
        state: endpoint.State,
        sizeClass: endpoint.VpcEndpointType,
        createdAt: endpoint.CreationTimestamp,
        attributes: {
          vpc_id: endpoint.VpcId,
          service_name: endpoint.ServiceName,
          zone_count: endpoint.SubnetIds?.length,
        },
        tags: readTags(endpoint.Tags),
      });
    });
  },
};

export const EC2_KINDS: ResourceKind[] = [
  instances,
  volumes,
  snapshots,
  addresses,
  natGateways,
  images,
  endpoints,
];
