import { type Engine, quoteName } from '../../engine/duckdb.ts';
import { readMoney, type SourceColumn } from './cells.ts';
import { type FileGroup, rowsOf } from './charge-sql.ts';

/** What the person should know about a group of files although they can be imported. */
export async function inspectGroup(engine: Engine, group: FileGroup): Promise<string[]> {
  const { dialect, cells } = group;
  const balances = dialect.balances(cells);
  const rounded = cells.amounts().filter(hasLongDecimals);
  const tags = cells.find('Tags');
  const isTextTags = tags?.type === 'VARCHAR';
  const checks = [
    ...balances.map(({ sql }) => `sum(${sql})`),
    ...rounded.map((column) => `sum(${readExactly(column)} - ${readMoney(column)})`),
    ...(isTextTags ? [countUnreadable(tags)] : []),
  ];
  const notes = dialect.notes(cells);
  if (checks.length === 0) return notes;
  const [row = {}] = await engine.query(
    `select ${checks.map((check, index) => `${check} as check_${index}`).join(', ')} from ${rowsOf(group)}`,
  );
  const messages = [
    ...balances.map(
      ({ warning }) =>
        (value: string) =>
          `${warning} ${value}`,
    ),
    ...rounded.map(
      ({ name }) =>
        (value: string) =>
          `rounding ${name} to 12 decimals leaves out ${value} in all`,
    ),
    ...(isTextTags
      ? [(value: string) => `${value} rows have tags that are no JSON; they count as untagged`]
      : []),
  ];
  const warnings = messages.flatMap((toMessage, index) => {
    const value = trimZeros(String(row[`check_${index}`] ?? '0'));
    return value === '0' ? [] : [toMessage(value)];
  });
  return [...notes, ...warnings];
}

/** Only these can have more than 12 decimals: a DOUBLE means the shortest decimal that names it. */
function hasLongDecimals({ type }: SourceColumn): boolean {
  const scale = /^DECIMAL\(\d+,(\d+)\)$/.exec(type)?.[1];
  return type === 'VARCHAR' || Number(scale ?? 0) > 12;
}

function readExactly({ name, type }: SourceColumn): string {
  const value = type === 'VARCHAR' ? `plain_number(clean_text(${quoteName(name)}))` : quoteName(name);
  return `try_cast(${value} as decimal(38, 24))`;
}

function countUnreadable({ name }: SourceColumn): string {
  const value = quoteName(name);
  return `count(*) filter (where clean_text(${value}) is not null and map_of_text(${value}) is null)`;
}

function trimZeros(value: string): string {
  return value.includes('.') ? value.replace(/\.?0+$/, '') : value;
}
