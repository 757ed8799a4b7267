import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Engine, quoteText } from '../../../analytics/engine/duckdb.ts';
import { VALUE_MACROS } from '../../../analytics/sources/data-export/value-macros.ts';
import { openTestEngine } from '../../support/cost-files.ts';

async function openMacros(): Promise<Engine> {
  const engine = await openTestEngine();
  for (const statement of VALUE_MACROS) await engine.run(statement);
  return engine;
}

async function evaluate(engine: Engine, expressions: readonly string[]): Promise<unknown[]> {
  const [row = {}] = await engine.query(
    `select ${expressions.map((sql, index) => `${sql} as v${index}`).join(', ')}`,
  );
  return expressions.map((_, index) => row[`v${index}`]);
}

/** Sign, digits and decimal exponent as the text of a decimal with `places` decimals, half away from zero. */
function roundExactly(digits: bigint, exponent: number, places: number): string {
  const shift = exponent + places;
  const magnitude = digits < 0n ? -digits : digits;
  const half = shift < 0 ? 10n ** BigInt(-shift) / 2n : 0n;
  const scaled = shift >= 0 ? magnitude * 10n ** BigInt(shift) : (magnitude + half) / 10n ** BigInt(-shift);
  const text = scaled.toString().padStart(places + 1, '0');
  const sign = digits < 0n && scaled > 0n ? '-' : '';
  return `${sign}${text.slice(0, -places)}.${text.slice(-places)}`;
}

describe('money from text', () => {
  it('keeps every decimal, also of numbers with an exponent', async () => {
    const engine = await openMacros();
    const texts = ['1.81E-8', ' 0.5 ', '-0.000000000001', '$10,000.00 ', '-$1,234.5', '12', '1e3'];
    expect(
      await evaluate(
        engine,
        texts.map((text) => `money_of_text(${quoteText(text)})`),
      ),
    ).toEqual([
      '0.000000018100',
      '0.500000000000',
      '-0.000000000001',
      '10000.000000000000',
      '-1234.500000000000',
      '12.000000000000',
      '1000.000000000000',
    ]);
  });

  it('is null for what is absent or no number', async () => {
    const engine = await openMacros();
    const texts = [
      '',
      ' ',
      'NULL',
      'null',
      'abc',
      '1,5',
      '1.234,56',
      'NaN',
      'Infinity',
      '0x10',
      '--1',
      '1e30',
    ];
    const values = await evaluate(
      engine,
      texts.map((text) => `money_of_text(${quoteText(text)})`),
    );
    expect(values).toEqual(texts.map(() => null));
  });

  it('rounds what has more than 12 decimals half away from zero', async () => {
    const engine = await openMacros();
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            digits: fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }),
            exponent: fc.integer({ min: -24, max: 3 }),
          }),
          {
            minLength: 30,
            maxLength: 30,
          },
        ),
        async (numbers) => {
          const texts = numbers.map(({ digits, exponent }) => `money_of_text('${digits}e${exponent}')`);
          const expected = numbers.map(({ digits, exponent }) => roundExactly(digits, exponent, 12));
          expect(await evaluate(engine, texts)).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('numbers from DOUBLE', () => {
  it('are the decimals that were written', async () => {
    const engine = await openMacros();
    const decimal = fc
      .record({
        digits: fc.integer({ min: -(10 ** 9), max: 10 ** 9 }),
        places: fc.integer({ min: 0, max: 12 }),
      })
      .map(({ digits, places }) => ({ text: `${digits}e-${places}`, digits: BigInt(digits), places }));
    await fc.assert(
      fc.asyncProperty(fc.array(decimal, { minLength: 30, maxLength: 30 }), async (numbers) => {
        const money = await evaluate(
          engine,
          numbers.map(({ text }) => `money_of_double(cast('${text}' as double))`),
        );
        expect(money).toEqual(numbers.map(({ digits, places }) => roundExactly(digits, -places, 12)));
      }),
      { numRuns: 60 },
    );
  });

  it('are those of the shortest text that names them, at any size', async () => {
    const engine = await openMacros();
    const values = [
      0.1,
      0.1 + 0.2,
      4095.999999999999,
      5000.12345678901,
      1234567.891,
      4503599627370497,
      1e22,
      -7.1e-9,
      3999999.123456789,
    ];
    const rows = await evaluate(
      engine,
      values.map(
        (value) =>
          `money_of_double(cast('${value}' as double)) = money_of_text(cast(cast('${value}' as double) as varchar))`,
      ),
    );
    expect(rows).toEqual(rows.map(() => true));
  });

  it('are null for what is no number', async () => {
    const engine = await openMacros();
    const values = ['nan', 'inf', '-inf', '1e30'].map((text) => `money_of_double(cast('${text}' as double))`);
    expect(await evaluate(engine, values)).toEqual(values.map(() => null));
  });
});

describe('instants from text', () => {
  it('are read in every spelling that exports have; without a zone they are UTC', async () => {
    const engine = await openMacros();
    const spellings = {
      '9/2/2023': '2023-09-02T00:00:00Z',
      '09/02/2023 5:30': '2023-09-02T05:30:00Z',
      '4/1/25': '2025-04-01T00:00:00Z',
      '2023-11-13T05:00Z': '2023-11-13T05:00:00Z',
      '2024-10-01 00:00:00': '2024-10-01T00:00:00Z',
      '2024-10-01T00:00:00.000Z': '2024-10-01T00:00:00Z',
      '2024-10-01T00:00:00+02:00': '2024-09-30T22:00:00Z',
      '2024-10-01': '2024-10-01T00:00:00Z',
      '2022-07-01 00:00:00.000': '2022-07-01T00:00:00Z',
      '2024-10-01 00:00:00 UTC': '2024-10-01T00:00:00Z',
    };
    const values = await evaluate(
      engine,
      Object.keys(spellings).map((text) => `instant_of_text('${text}')`),
    );
    expect(values).toEqual(Object.values(spellings));
  });

  it('are null for what is no date', async () => {
    const engine = await openMacros();
    const texts = ['', 'NULL', 'yesterday', '13/13/2023', '2024-13-01', '45200', '25/12/2024'];
    expect(
      await evaluate(
        engine,
        texts.map((text) => `instant_of_text('${text}')`),
      ),
    ).toEqual(texts.map(() => null));
  });
});

describe('maps', () => {
  it('are read from JSON with and without braces, keys trimmed, the first of a key kept', async () => {
    const engine = await openMacros();
    const values = await evaluate(engine, [
      `map_of_text('{"team": "a", " org": "x", "org": "y", "n": 1, "gone": null}')`,
      `map_of_text('"env": "prod","org": "trey"')`,
      `map_of_text('{}')`,
      `map_of_text('NULL')`,
      `map_of_text('team=a')`,
      `map_of_text('["a"]')`,
    ]);
    expect(values).toEqual([
      { team: 'a', org: 'x', n: '1', gone: null },
      { env: 'prod', org: 'trey' },
      {},
      null,
      null,
      null,
    ]);
  });

  it('are read from lists of pairs', async () => {
    const engine = await openMacros();
    const values = await evaluate(engine, [
      `map_of_pairs([{'key': ' team', 'value': 'a', 'inherited': true}, {'key': 'team', 'value': 'b', 'inherited': false}])`,
    ]);
    expect(values).toEqual([{ team: 'a' }]);
  });
});
