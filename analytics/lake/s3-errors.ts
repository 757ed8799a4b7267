import { InputError, SourceError } from '../errors.ts';
import { ObjectNotFoundError } from './object-store.ts';

type ServiceError = Error & { code?: string; $metadata?: { httpStatusCode?: number } };

const CREDENTIALS = 'Sign in again (aws sso login, or new keys) and repeat the command.';
const PERMISSIONS =
  'Grant this identity the permissions that docs/storage.md lists, on this bucket and prefix.';
const KMS_KEY =
  'Check that the KMS key exists, is enabled, and lets this identity encrypt and decrypt with it.';
const NO_CREDENTIALS =
  'Set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role is.';
const REGION = 'Set AWS_REGION to the region of the bucket.';

/** What a person can mend, by the error's name, which is S3's error code or the SDK's. */
const REMEDIES: Record<string, string> = {
  NoSuchBucket: 'Check the name of the bucket and the account, or make the bucket first.',
  InvalidBucketName: 'Check the name of the bucket.',
  AccessDenied: PERMISSIONS,
  Forbidden: PERMISSIONS,
  AllAccessDisabled: PERMISSIONS,
  AccountProblem: PERMISSIONS,
  InvalidAccessKeyId: 'These credentials are unknown to S3: check AWS_PROFILE and the access key.',
  SignatureDoesNotMatch: 'The secret key does not fit the access key: check the credentials.',
  ExpiredToken: CREDENTIALS,
  ExpiredTokenException: CREDENTIALS,
  TokenRefreshRequired: CREDENTIALS,
  InvalidToken: CREDENTIALS,
  TokenProviderError: CREDENTIALS,
  CredentialsProviderError: NO_CREDENTIALS,
  RequestTimeTooSkewed: 'Set the clock of this machine.',
  PermanentRedirect: REGION,
  AuthorizationHeaderMalformed: REGION,
  IllegalLocationConstraintException: REGION,
  EntityTooLarge: 'The object is larger than S3 takes; split it.',
};

/** As REMEDIES, by the error's text where the name says nothing. */
const REMEDIES_BY_TEXT: [RegExp, string][] = [
  [/^Region is missing/, REGION],
  [/Could not load credentials/, NO_CREDENTIALS],
];

/** True when the object, not the bucket, is absent. */
export function isAbsentObject(error: unknown): boolean {
  const { name } = error as ServiceError;
  return name === 'NoSuchKey' || (name === 'NotFound' && statusOf(error) === 404);
}

/** True when a condition of the request (If-Match, If-None-Match) did not hold. */
export function isConditionFailure(error: unknown): boolean {
  return statusOf(error) === 412;
}

/** The HTTP status of a failed request, when an answer came. */
export function statusOf(error: unknown): number | undefined {
  return (error as ServiceError).$metadata?.httpStatusCode;
}

/** InputError with a remedy for what the person can mend, SourceError for the rest; our own errors stay as they are. */
export function explainS3Error(error: unknown, where: string): Error {
  if (error instanceof InputError || error instanceof SourceError || error instanceof ObjectNotFoundError) {
    return error;
  }
  const { name, message, code } = error as ServiceError;
  const text = message === name || message === 'UnknownError' ? name : `${name}: ${message}`;
  const remedy = findRemedy(error as ServiceError);
  if (remedy !== undefined) return new InputError(`${where}: ${text}`, { where, remedy, cause: error });
  const status = statusOf(error);
  const isRetryable =
    status === undefined ||
    status >= 500 ||
    status === 429 ||
    status === 408 ||
    status === 409 ||
    code !== undefined;
  return new SourceError(`${where}: ${text}`, { isRetryable, cause: error });
}

function findRemedy(error: ServiceError): string | undefined {
  if (error.name.startsWith('KMS.')) return KMS_KEY;
  const byName = Object.hasOwn(REMEDIES, error.name) ? REMEDIES[error.name] : undefined;
  if (byName !== undefined) return byName;
  const byText = REMEDIES_BY_TEXT.find(([pattern]) => pattern.test(error.message))?.[1];
  return byText ?? (statusOf(error) === 403 ? PERMISSIONS : undefined);
}
