const JSON_TYPES = ['application/json', 'application/*', '*/*'];
const CSV_TYPES = ['text/csv', 'text/*', '*/*'];

/** Whether an Accept header prefers CSV to JSON. */
export function acceptsCsv(accept = '*/*'): boolean {
  const weights = new Map(accept.split(',').map(readWeight));
  const weigh = (types: string[]) => weights.get(types.find((type) => weights.has(type)) ?? '') ?? 0;
  return weigh(CSV_TYPES) > weigh(JSON_TYPES);
}

/** Whether an If-None-Match header names the tag. */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  const tags = header?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes('*') || tags.includes(etag);
}

function readWeight(range: string): [string, number] {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  return [type, weight ? Number(weight.slice(2)) || 0 : 1];
}
