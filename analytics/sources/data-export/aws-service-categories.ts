/** FOCUS service categories of the product codes that make up most bills; all others are `Other`. */
const CATEGORIES: Record<string, readonly string[]> = {
  'AI and Machine Learning': [
    'AmazonBedrock',
    'AmazonBedrockService',
    'AmazonRekognition',
    'AmazonSageMaker',
    'AmazonTextract',
  ],
  Analytics: [
    'AWSGlue',
    'AmazonAthena',
    'AmazonKinesis',
    'AmazonKinesisFirehose',
    'AmazonMSK',
    'AmazonRedshift',
    'ElasticMapReduce',
  ],
  Compute: ['AWSLambda', 'AmazonEC2', 'AmazonLightsail', 'ComputeSavingsPlans'],
  Containers: ['AmazonECR', 'AmazonECS', 'AmazonEKS'],
  Databases: ['AmazonDocDB', 'AmazonDynamoDB', 'AmazonElastiCache', 'AmazonNeptune', 'AmazonRDS'],
  Identity: ['AmazonCognito'],
  Integration: ['AWSEvents', 'AWSQueueService', 'AmazonApiGateway', 'AmazonMQ', 'AmazonSNS', 'AmazonStates'],
  'Management and Governance': [
    'AWSCloudTrail',
    'AWSConfig',
    'AWSSystemsManager',
    'AmazonCloudWatch',
    'awskms',
    'AWSSecretsManager',
  ],
  Networking: [
    'AWSDataTransfer',
    'AWSDirectConnect',
    'AWSELB',
    'AWSGlobalAccelerator',
    'AmazonCloudFront',
    'AmazonRoute53',
    'AmazonVPC',
  ],
  Security: ['AWSSecurityHub', 'AmazonGuardDuty', 'AmazonInspectorV2', 'awswaf'],
  Storage: ['AWSBackup', 'AmazonEFS', 'AmazonFSx', 'AmazonGlacier', 'AmazonS3'],
};

/** SQL for the service category of a product code. */
export function serviceCategory(productCode: string): string {
  const branches = Object.entries(CATEGORIES).map(
    ([category, codes]) =>
      `when ${productCode} in (${codes.map((code) => `'${code}'`).join(', ')}) then '${category}'`,
  );
  return `case ${branches.join(' ')} else 'Other' end`;
}
