import Table from 'cli-table3';

export type TableColumn = { title: string; isNumber: boolean };

/** A plain table for people: no colours, numbers to the right. */
export function formatTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: columns.map(({ title }) => title),
    colAligns: columns.map(({ isNumber }) => (isNumber ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
    chars: {
      mid: '',
      'left-mid': '',
      'mid-mid': '',
      'right-mid': '',
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      right: '',
      middle: '  ',
    },
  });
  table.push(...rows.map((row) => [...row]));
  return `${table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`;
}

/** `1234.5` as `1,234.50`: two decimals, more where the amount is below a cent. */
export function formatAmount(text: string): string {
  if (/^-?[0.]*$/.test(text)) return '0.00';
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.');
  const digits = whole === '0' && /^00/.test(fraction) ? fraction.slice(0, 8) : roundTo(whole, fraction, 2);
  const shown = whole === '0' && /^00/.test(fraction) ? `0.${digits}` : digits;
  const isZero = /^[0.]*$/.test(shown);
  const [integer = '0', decimals = ''] = shown.split('.');
  const grouped = integer.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${text.startsWith('-') && !isZero ? '-' : ''}${grouped}.${decimals.padEnd(2, '0')}`;
}

function roundTo(whole: string, fraction: string, places: number): string {
  const kept = BigInt(whole + fraction.padEnd(places, '0').slice(0, places));
  const rounded = kept + (Number(fraction[places] ?? '0') >= 5 ? 1n : 0n);
  const text = rounded.toString().padStart(places + 1, '0');
  return `${text.slice(0, -places)}.${text.slice(-places)}`;
}

export function formatRatio(value: number | null): string {
  return value === null ? '' : `${(value * 100).toFixed(1)} %`;
}
