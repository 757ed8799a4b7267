import { describe, expect, test } from 'vitest';
import { isS3Location, parseS3Location } from '../../analytics/lake/s3-location.ts';

describe('parseS3Location', () => {
  test.each([
    ['s3://lake-1', { bucket: 'lake-1', prefix: '' }],
    ['s3://lake-1/', { bucket: 'lake-1', prefix: '' }],
    ['S3://lake.example/a/b=1/', { bucket: 'lake.example', prefix: 'a/b=1' }],
    ['s3://alias-abc123-s3alias/a', { bucket: 'alias-abc123-s3alias', prefix: 'a' }],
  ])('reads %s', (location, expected) => {
    expect(parseS3Location(location)).toEqual(expected);
  });

  test.each([
    's3://',
    's3:///a',
    's3://Lake/a',
    's3://la/a',
    's3://lake_1',
    's3://lake/../other',
    's3://lake/a//b',
    's3://lake/a\nb',
    's3://arn:aws:s3:us-east-1:123456789012:accesspoint/x',
  ])('refuses %j', (location) => {
    expect(() => parseS3Location(location)).toThrow(expect.objectContaining({ name: 'InputError' }));
  });

  test('refuses directory buckets, whose listings have no order', () => {
    expect(() => parseS3Location('s3://lake--use1-az4--x-s3/a')).toThrow(/directory bucket/);
  });
});

test('isS3Location tells a location from a folder', () => {
  expect(['s3://a', 'S3://a', '/s3', 's3', './s3:', 's3:/a', 'file://a'].map(isS3Location)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});
