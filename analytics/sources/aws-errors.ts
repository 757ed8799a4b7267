import { InputError, SourceError } from '../errors.ts';

type ServiceError = Error & {
  code?: string;
  $fault?: string;
  $metadata?: { httpStatusCode?: number };
  $response?: { statusCode?: number };
};

const SIGN_IN = 'Sign in again (aws sso login, or new keys) and repeat the command.';
const NO_CREDENTIALS =
  'Set AWS_PROFILE or --profile, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role is.';
const EXPIRED_TOKEN = /^(ExpiredToken(Exception)?|RequestExpired|TokenRefreshRequired)$/;
const DENIED =
  /^(AccessDenied(Exception)?|UnauthorizedOperation|AuthorizationError(Exception)?|NotAuthorized|AWSOrganizationsNotInUseException)$/;
const EXPIRED_PAGE =
  /^(Invalid|Expired)(Next|Pagination|Page)(Token|Marker)(Exception)?$|^InvalidMarker$|^PaginationTokenExpiredException$|^RequestChangedException$/;
const THROTTLED = /Throttl|TooManyRequests|RequestLimitExceeded|LimitExceeded|BandwidthLimit|SlowDown/;

/** The session's credentials have ended; new ones may do. */
export function isExpiredCredentials(error: unknown): boolean {
  return EXPIRED_TOKEN.test((error as ServiceError).name);
}

/** The identity may not do this: another try is of no use. */
export function isDenied(error: unknown): boolean {
  const { name, $metadata } = error as ServiceError;
  return DENIED.test(name) || ($metadata?.httpStatusCode === 403 && !isExpiredCredentials(error));
}

/** A page token that AWS no longer takes: the listing begins again. */
export function isExpiredPage(error: unknown): boolean {
  const { name, message } = error as ServiceError;
  if (EXPIRED_PAGE.test(name)) return true;
  const speaksOfTokens = /(next|pagination|page)[ -]?token|marker/i.test(message ?? '');
  return /^(Validation|InvalidParameter|InvalidInput|BadRequest)/.test(name) && speaksOfTokens;
}

/** An answer that came in part, or that is not of the service's form: nothing of it was used. */
export function isTornAnswer(error: unknown): boolean {
  const { name, $fault, $response } = error as ServiceError;
  return (
    $fault === undefined &&
    (name === 'SyntaxError' || name === 'RangeError' || ($response?.statusCode ?? 0) === 200)
  );
}

/** InputError with a remedy for what a person can mend, SourceError for the rest; our own errors stay as they are. */
export function explainAwsError(error: unknown, where: string): Error {
  if (error instanceof InputError || error instanceof SourceError) return error;
  const { name, message, code, $metadata } = error as ServiceError;
  const text = message === name || !message || message === 'UnknownError' ? name : `${name}: ${message}`;
  const remedy = findRemedy(error as ServiceError);
  if (remedy !== undefined) return new InputError(`${where}: ${text}`, { where, remedy, cause: error });
  const status = $metadata?.httpStatusCode;
  const isRetryable =
    THROTTLED.test(name) || status === undefined || status >= 500 || status === 429 || code !== undefined;
  return new SourceError(`${where}: ${text}`, { isRetryable, cause: error });
}

function findRemedy(error: ServiceError): string | undefined {
  if (isExpiredCredentials(error) || error.name === 'TokenProviderError') return SIGN_IN;
  if (error.name === 'CredentialsProviderError' || /Could not load credentials/.test(error.message)) {
    return NO_CREDENTIALS;
  }
  if (/^(InvalidClientTokenId|UnrecognizedClientException|AuthFailure)$/.test(error.name)) {
    return 'These credentials are unknown to AWS, or the region is not enabled for the account.';
  }
  if (/^(RequestTimeTooSkewed|SignatureDoesNotMatch|InvalidSignatureException)$/.test(error.name)) {
    return 'Set the clock of this machine, and check the secret key.';
  }
  if (/Region is missing/.test(error.message))
    return 'Name a region: --region, collect.regions or AWS_REGION.';
  if (error.name === 'AWSOrganizationsNotInUseException') {
    return 'This account is in no organization: list the accounts under collect.accounts.';
  }
  if (isDenied(error) && /AssumeRole/.test(error.message)) {
    return 'Make the role in that account, as docs/collectors.md shows, trusting this identity and collect.external_id.';
  }
  return isDenied(error)
    ? 'Grant the role the permissions that docs/collectors.md lists for this collector.'
    : undefined;
}
