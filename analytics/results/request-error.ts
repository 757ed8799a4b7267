import { InputError } from '../errors.ts';

/** A request that cannot be answered as it stands; carries what a caller needs to correct it. */
export class RequestError extends InputError {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 410 | 413 | 415;
  readonly parameter: string | undefined;
  readonly allowed: readonly string[] | undefined;

  constructor(
    status: RequestError['status'],
    message: string,
    details: { parameter?: string; allowed?: readonly string[]; remedy?: string } = {},
  ) {
    const { parameter, allowed } = details;
    const remedy =
      details.remedy ?? (allowed && `Use ${allowed.length === 1 ? '' : 'one of '}${allowed.join(', ')}.`);
    super(message, {
      ...(parameter === undefined ? {} : { where: parameter }),
      ...(remedy === undefined ? {} : { remedy }),
    });
    this.status = status;
    this.parameter = parameter;
    this.allowed = allowed;
  }
}
