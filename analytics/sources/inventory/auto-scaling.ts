import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { callAws, listAll } from '../aws-call.ts';
import { type ResourceKind, readTags, toResourceRow } from './resource-row.ts';

const groups: ResourceKind = {
  name: 'Auto Scaling groups',
  async list(place) {
    const { session, region } = place;
    const found = await listAll({
      what: `Auto Scaling groups of ${session.accountId} in ${region}`,
      fetch: (token) =>
        callAws(session, () =>
          session
            .client(AutoScalingClient, region)
            .send(new DescribeAutoScalingGroupsCommand(token === undefined ? {} : { NextToken: token })),
        ),
      token: (page) => page.NextToken,
      items: (page) => page.AutoScalingGroups,
      key: (group) => group.AutoScalingGroupARN ?? '',
    });
    return found.map((group) =>
      toResourceRow(place, {
        type: 'autoscaling:group',
        id: group.AutoScalingGroupARN ?? group.AutoScalingGroupName ?? '',
        arn: group.AutoScalingGroupARN,
        name: group.AutoScalingGroupName,
        state: group.Status,
        attachments: (group.Instances ?? []).map(({ InstanceId }) => InstanceId),
        createdAt: group.CreatedTime,
        attributes: {
          group_name: group.AutoScalingGroupName,
          min_size: group.MinSize,
          max_size: group.MaxSize,
          desired_capacity: group.DesiredCapacity,
        },
        tags: readTags(group.Tags),
      }),
    );
  },
};

export const AUTO_SCALING_KINDS: ResourceKind[] = [groups];
