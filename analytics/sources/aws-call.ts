import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { SourceError } from '../errors.ts';
import { isExpiredCredentials, isExpiredPage, isTornAnswer } from './aws-errors.ts';
import type { AwsSession } from './aws-session.ts';

const ANSWER_ATTEMPTS = 4;
const LISTING_ATTEMPTS = 4;
const BACKOFF_FIRST_MS = 100;

/**
 * Does one request, again where the SDK does not retry: an answer that came in part, and credentials that ended before
 * their time, which are renewed once. `action` takes its client from the session each time.
 */
export async function callAws<T>(session: Pick<AwsSession, 'renew'>, action: () => Promise<T>): Promise<T> {
  try {
    return await completeAnswer(action);
  } catch (error) {
    if (!isExpiredCredentials(error)) throw error;
    session.renew();
    return completeAnswer(action);
  }
}

/** Asks again while the answer came in part. */
export async function completeAnswer<T>(action: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (!isTornAnswer(error) || attempt >= ANSWER_ATTEMPTS) throw error;
      await setTimeout(Math.random() * BACKOFF_FIRST_MS * 2 ** attempt);
    }
  }
}

export type Listing<Page, Item> = {
  /** For messages. */
  what: string;
  fetch(token: string | undefined): Promise<Page>;
  token(page: Page): string | undefined;
  items(page: Page): readonly Item[] | undefined;
  /** What makes an item that item, whatever page it is on. */
  key(item: Item): string;
  /** Of two different items with one key: the later one (a state that changed meanwhile), or the listing is done again. */
  onConflict?: 'newest' | 'again';
};

/**
 * All items of a listing with pages, each once. A listing whose page token is refused, or comes a second time, begins
 * again from the first page, and what was read before is dropped. Throws SourceError when that does not help.
 */
export async function listAll<Page, Item>(listing: Listing<Page, Item>): Promise<Item[]> {
  for (let attempt = 1; ; attempt += 1) {
    const problem = await readListing(listing);
    if (typeof problem !== 'string') return problem;
    if (attempt >= LISTING_ATTEMPTS)
      throw new SourceError(`${listing.what}: ${problem}`, { isRetryable: true });
  }
}

/** The items, or why the listing must begin again. */
async function readListing<Page, Item>(listing: Listing<Page, Item>): Promise<Item[] | string> {
  const found = new Map<string, Item>();
  const tokens = new Set<string>();
  let token: string | undefined;
  do {
    const page = await fetchPage(listing, token);
    if (page === undefined) return 'a page token expired';
    const conflict = addItems(listing, found, page);
    if (conflict !== undefined) return conflict;
    token = listing.token(page) || undefined;
    if (token !== undefined && tokens.has(token)) return 'a page token came twice';
    if (token !== undefined) tokens.add(token);
  } while (token !== undefined);
  return [...found.values()];
}

/** Undefined: AWS does not take the token. */
async function fetchPage<Page, Item>(
  listing: Listing<Page, Item>,
  token: string | undefined,
): Promise<Page | undefined> {
  try {
    return await listing.fetch(token);
  } catch (error) {
    if (token !== undefined && isExpiredPage(error)) return undefined;
    throw error;
  }
}

function addItems<Page, Item>(
  listing: Listing<Page, Item>,
  found: Map<string, Item>,
  page: Page,
): string | undefined {
  for (const item of listing.items(page) ?? []) {
    const key = listing.key(item);
    const known = found.get(key);
    const isConflict = known !== undefined && !isDeepStrictEqual(known, item);
    if (isConflict && listing.onConflict === 'again') return `two pages differ about ${key}`;
    found.set(key, item);
  }
  return undefined;
}
