import { type Engine, quoteName } from '../../engine/duckdb.ts';
import { readMoney, type SourceColumn } from './cells.ts';
import { type FileGroup, rowsOf } from './charge-sql.ts';

/** What the person should know about a group of files although they can be imported. */
export async function inspectGroup(engine: Engine, group: FileGroup): Promise<string[]> {
  const { dialect, cells } = group;
  const balances = dialect.balances(cells);
  const rounded = cells.amounts().filter(hasLongDecimals);
  const tags = cells.find('Tags');
  const notes = dialect.notes(cells);
  if (tags?.type === 'VARCHAR') notes.push(...(await inspectTags(engine, group, tags)));
  const checks = [
    ...balances.map(({ sql }) => `sum(${sql})`),
    ...rounded.map((column) => `sum(${readExactly(column)} - ${readMoney(column)})`),
  ];
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

/** Each text is read once, however many rows have it. */
async function inspectTags(engine: Engine, group: FileGroup, { name }: SourceColumn): Promise<string[]> {
  const [row] = await engine.query(`select cast(coalesce(sum(row_count), 0) as bigint) as row_count
    from (select ${quoteName(name)} as tags, count(*) as row_count from ${rowsOf(group)} group by tags)
    where clean_text(tags) is not null and map_of_text(tags) is null`);
  const count = Number(row?.row_count);
  return count === 0 ? [] : [`${count} rows have tags that are no JSON; they count as untagged`];
}

function trimZeros(value: string): string {
  return value.includes('.') ? value.replace(/\.?0+$/, '') : value;
}
