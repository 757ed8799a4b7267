/** One JSON object on standard output, with the lake's column names (snake_case) as keys. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(toSnakeCase(value), null, 2)}\n`);
}

function toSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toSnakeCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      toSnakeCase(inner),
    ]),
  );
}
