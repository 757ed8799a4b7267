import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Engine, openDuckdb } from '../../analytics/engine/duckdb.ts';
import { loadModels, type Model } from '../../analytics/engine/model.ts';
import { runModel } from '../../analytics/engine/run-model.ts';
import { ContractError } from '../../analytics/errors.ts';

let folder: string;
let engine: Engine;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-model-'));
  engine = await openDuckdb({ tempFolder: folder });
  await engine.run("create table sales as select * from (values ('a', 1.5), ('b', 2.5)) as t (team, amount)");
});
afterEach(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

function model(sql: string, contract: Partial<Model['contract']> = {}): Model {
  return {
    name: 'report',
    sql,
    contract: {
      description: '',
      materialized: 'table',
      result: false,
      grain: ['team'],
      inputs: ['sales'],
      columns: {
        team: { type: 'VARCHAR', nullable: false },
        amount: { type: 'DECIMAL(2,1)', nullable: false },
      },
      checks: ['unique'],
      conserves: { from: 'sales', by: [], measures: ['amount'] },
      ...contract,
    },
  };
}

async function evidence(broken: Model): Promise<ContractError> {
  const error = await runModel(engine, broken).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ContractError);
  return error as ContractError;
}

describe('a contract', () => {
  const conserves = { from: 'sales', by: ['team'], measures: ['amount'] };

  it('is met', async () => {
    await runModel(engine, model('select team, amount from sales', { conserves }));
    expect(await engine.query('select count(*) as n from report')).toEqual([{ n: 2 }]);
  });

  it('tells a type that differs', async () => {
    const error = await evidence(
      model('select team, cast(amount as double) as amount from sales', { conserves }),
    );
    expect(error.rows).toEqual([{ declared: 'amount DECIMAL(2,1)', actual: 'amount DOUBLE' }]);
  });

  it('tells a column too many and one too few', async () => {
    expect(
      (await evidence(model('select team, amount, 1 as more from sales', { conserves }))).rows,
    ).toHaveLength(1);
    expect((await evidence(model('select team from sales', { conserves }))).message).toContain(
      'columns differ',
    );
  });

  it('shows rows with a null', async () => {
    const error = await evidence(model("select nullif(team, 'a') as team, amount from sales", { conserves }));
    expect(error.rows).toEqual([{ team: null, amount: '1.5' }]);
  });

  it('shows a key that stands twice', async () => {
    const error = await evidence(model("select 'a' as team, amount from sales", { conserves }));
    expect(error.rows).toEqual([{ team: 'a', row_count: 2 }]);
  });

  it('shows what was lost or invented', async () => {
    const error = await evidence(model("select team, amount from sales where team = 'a'", { conserves }));
    expect(error.message).toContain('does not conserve sales');
    expect(error.rows).toEqual([{ team: 'b', amount: '-2.5' }]);
  });
});

describe('loadModels', () => {
  it('puts every model after those that it reads', async () => {
    const models = await loadModels();
    const names = models.map(({ name }) => name);
    for (const { name, contract } of models) {
      for (const input of contract.inputs.filter((candidate) => names.includes(candidate))) {
        expect(names.indexOf(input), `${name} reads ${input}`).toBeLessThan(names.indexOf(name));
      }
    }
  });

  it('refuses models that read each other', async () => {
    for (const [name, input] of [
      ['one', 'two'],
      ['two', 'one'],
    ] as const) {
      await writeFile(join(folder, `${name}.sql`), 'select 1');
      await writeFile(
        join(folder, `${name}.yml`),
        `description: x\ngrain: []\ninputs: [${input}]\ncolumns: {}\n`,
      );
    }
    await expect(loadModels(folder)).rejects.toThrow(/one -> two -> one|two -> one -> two/);
  });
});
