import { describe, expect, test } from 'vitest';
import { InputError, SourceError } from '../../analytics/errors.ts';
import { ObjectNotFoundError } from '../../analytics/lake/object-store.ts';
import { explainS3Error, isAbsentObject } from '../../analytics/lake/s3-errors.ts';

const failure = (name: string, details: { status?: number; message?: string; code?: string } = {}) =>
  Object.assign(new Error(details.message ?? 'it failed'), {
    name,
    ...(details.code === undefined ? {} : { code: details.code }),
    ...(details.status === undefined ? {} : { $metadata: { httpStatusCode: details.status } }),
  });

describe('explainS3Error', () => {
  test.each([
    ['NoSuchBucket', 404, /make the bucket/],
    ['AccessDenied', 403, /docs\/storage\.md/],
    ['Unknown', 403, /docs\/storage\.md/],
    ['ExpiredToken', 400, /Sign in again/],
    ['InvalidAccessKeyId', 403, /unknown to S3/],
    ['SignatureDoesNotMatch', 403, /secret key/],
    ['PermanentRedirect', 301, /AWS_REGION/],
    ['KMS.DisabledException', 400, /KMS key/],
  ])('%s is for the person to mend', (name, status, remedy) => {
    const cause = failure(name, { status });
    const error = explainS3Error(cause, 's3://lake/a');
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({ where: 's3://lake/a', remedy: expect.stringMatching(remedy), cause });
    expect(error.message).toContain(name);
  });

  test.each([
    ['CredentialsProviderError', 'Could not load credentials from any providers', /AWS_PROFILE/],
    ['Error', 'Region is missing', /AWS_REGION/],
  ])('%s without an answer is for the person to mend', (name, message, remedy) => {
    expect(explainS3Error(failure(name, { message }), 's3://lake')).toMatchObject({
      name: 'InputError',
      remedy: expect.stringMatching(remedy),
    });
  });

  test.each([
    ['SlowDown', { status: 503 }, true],
    ['InternalError', { status: 500 }, true],
    ['ConditionalRequestConflict', { status: 409 }, true],
    ['TooManyRequests', { status: 429 }, true],
    ['Error', { code: 'ECONNRESET' }, true],
    ['TimeoutError', {}, true],
    ['MalformedXML', { status: 400 }, false],
    ['MethodNotAllowed', { status: 405 }, false],
  ])('%s %j is a failure of S3', (name, details, isRetryable) => {
    const error = explainS3Error(failure(name, details), 's3://lake');
    expect(error).toBeInstanceOf(SourceError);
    expect(error).toMatchObject({ isRetryable });
  });

  test('leaves our own errors as they are', () => {
    for (const error of [new InputError('a'), new SourceError('b'), new ObjectNotFoundError('s', 'k')]) {
      expect(explainS3Error(error, 's3://lake')).toBe(error);
    }
  });
});

test('isAbsentObject tells an absent object from an absent bucket', () => {
  expect(isAbsentObject(failure('NoSuchKey', { status: 404 }))).toBe(true);
  expect(isAbsentObject(failure('NotFound', { status: 404 }))).toBe(true);
  expect(isAbsentObject(failure('NoSuchBucket', { status: 404 }))).toBe(false);
  expect(isAbsentObject(failure('NoSuchUpload', { status: 404 }))).toBe(false);
});
