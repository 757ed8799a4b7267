/** An SQL identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** An SQL text literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A text literal that DuckDB, which reads paths as patterns, takes for exactly this path. */
export function quotePath(path: string): string {
  return quoteText(path.replaceAll(/[[*?]/g, '[$&]'));
}
