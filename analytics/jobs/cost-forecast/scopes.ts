import { ALLOCATION_DIMENSIONS, type AllocationDimension } from '../../vocabulary.ts';

/** Where cost is after shared costs are split. */
export type Cell = { billing_currency: string } & Record<AllocationDimension, string>;

/** What a forecast is about; `(all)` in the dimensions that it does not name. */
export type Scope = { key: string; level: string } & Cell;

/** How forecasts are added up: in all, by each dimension, and by team and tier. */
const LEVELS: Readonly<Record<string, readonly AllocationDimension[]>> = {
  total: [],
  ...Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [name, [name]])),
  team_tier: ['team', 'tier'],
};
const ALL = '(all)';

/** The scopes that a cell's cost is part of. What is not split by a dimension has no part in its levels. */
export function listScopes(cell: Cell): Scope[] {
  return Object.entries(LEVELS).flatMap(([level, names]) => {
    if (names.some((name) => cell[name] === ALL)) return [];
    const dimensions = Object.fromEntries(
      ALLOCATION_DIMENSIONS.map((name) => [name, names.includes(name) ? cell[name] : ALL]),
    ) as Record<AllocationDimension, string>;
    const scope = { level, billing_currency: cell.billing_currency, ...dimensions };
    return [{ key: JSON.stringify(Object.values(scope)), ...scope }];
  });
}

export function toCell(row: Record<string, unknown>): Cell {
  const dimensions = ALLOCATION_DIMENSIONS.map((name) => [name, String(row[name])]);
  return {
    billing_currency: String(row.billing_currency),
    ...(Object.fromEntries(dimensions) as Record<AllocationDimension, string>),
  };
}

/** Remembers the scopes of each cell. */
export function createScopeIndex(): (cell: Cell) => Scope[] {
  const known = new Map<string, Scope[]>();
  const scopes = new Map<string, Scope>();
  return (cell) => {
    const key = JSON.stringify([cell.billing_currency, ...ALLOCATION_DIMENSIONS.map((name) => cell[name])]);
    const found = known.get(key);
    if (found) return found;
    const own = listScopes(cell).map((scope) => {
      const same = scopes.get(scope.key) ?? scope;
      scopes.set(scope.key, same);
      return same;
    });
    known.set(key, own);
    return own;
  };
}
