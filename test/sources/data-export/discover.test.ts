import { describe, expect, it } from 'vitest';
import { InputError } from '../../../analytics/errors.ts';
import { discoverDeliveries } from '../../../analytics/sources/data-export/discover.ts';
import { putDelivery, putFile } from '../../support/cost-files.ts';
import { makeTestFolder } from '../../support/lake-folder.ts';

const CSV = 'BilledCost\n1\n';

describe('a Data Exports tree', () => {
  it('gives the newest delivery of each period, named after the export', async () => {
    const folder = await makeTestFolder();
    await putDelivery(folder, {
      period: '2026-09',
      deliveredAt: '2026-09-20T10:00:00.000Z',
      files: { 'a.csv': CSV },
    });
    await putDelivery(folder, {
      period: '2026-09',
      deliveredAt: '2026-10-03T10:00:00.000Z',
      files: { 'a.csv': CSV },
    });
    await putDelivery(folder, {
      period: '2026-10',
      deliveredAt: '2026-10-04T10:00:00Z',
      files: { 'a.csv': CSV },
    });
    const { candidates, warnings } = await discoverDeliveries(folder);
    expect(
      candidates.map(({ source, billingPeriod, deliveredAt, files }) => [
        source,
        billingPeriod,
        deliveredAt.toISOString(),
        files.map(({ name }) => name),
      ]),
    ).toEqual([
      [
        'focus',
        '2026-09',
        '2026-10-03T10:00:00.000Z',
        [
          'focus/data/BILLING_PERIOD=2026-09/2026-10-03T10:00:00.000Z-6b622448-daaa-439c-92f1-afc727f1e0a3/a.csv',
        ],
      ],
      [
        'focus',
        '2026-10',
        '2026-10-04T10:00:00.000Z',
        ['focus/data/BILLING_PERIOD=2026-10/2026-10-04T10:00:00Z-6b622448-daaa-439c-92f1-afc727f1e0a3/a.csv'],
      ],
    ]);
    expect(warnings).toEqual([]);
  });

  it('with overwritten files takes the time of the manifest; stale chunks are ignored and told', async () => {
    const folder = await makeTestFolder();
    const data = 'e/data/BILLING_PERIOD=2026-09';
    await putFile(folder, `${data}/e-00001.csv.gz`, CSV);
    await putFile(folder, `${data}/e-00002.csv.gz`, CSV);
    const listed = JSON.stringify({ dataFiles: [`s3://bucket/some/prefix/${data}/e-00001.csv.gz`] });
    const manifest = 'e/metadata/BILLING_PERIOD=2026-09/e-Manifest.json';
    await putFile(folder, manifest, listed, '2026-09-09T09:09:09Z');
    const { candidates, warnings } = await discoverDeliveries(folder);
    expect(candidates).toMatchObject([
      { source: 'e', manifest, billingPeriod: '2026-09', deliveredAt: new Date('2026-09-09T09:09:09Z') },
    ]);
    expect(candidates[0]?.files.map(({ name }) => name)).toEqual([`${data}/e-00001.csv.gz`]);
    expect(warnings).toEqual([`ignored 1 files that no manifest lists, such as ${data}/e-00002.csv.gz`]);
  });

  it('does not take the file of another period for one that is missing', async () => {
    const folder = await makeTestFolder();
    await putFile(folder, 'data/BILLING_PERIOD=2026-08/e-1.csv', CSV);
    const listed = JSON.stringify({ dataFiles: ['s3://bucket/e/data/BILLING_PERIOD=2026-09/e-1.csv'] });
    await putFile(folder, 'metadata/BILLING_PERIOD=2026-09/e-Manifest.json', listed);
    const failure = await discoverDeliveries(folder).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InputError);
    expect((failure as Error).message).toContain('s3://bucket/e/data/BILLING_PERIOD=2026-09/e-1.csv');
  });

  it('does not mind that files of a delivery which was replaced are gone', async () => {
    const folder = await makeTestFolder();
    const listing = (name: string) =>
      JSON.stringify({ dataFiles: [`s3://b/e/data/BILLING_PERIOD=2026-09/${name}`] });
    const metadata = 'e/metadata/BILLING_PERIOD=2026-09';
    await putFile(folder, `${metadata}/old/e-Manifest.json`, listing('gone.csv'), '2026-09-01T00:00:00Z');
    await putFile(folder, `${metadata}/new/e-Manifest.json`, listing('here.csv'), '2026-09-02T00:00:00Z');
    await putFile(folder, 'e/data/BILLING_PERIOD=2026-09/here.csv', CSV);
    const { candidates } = await discoverDeliveries(folder);
    expect(candidates.map(({ files }) => files.map(({ name }) => name))).toEqual([
      ['e/data/BILLING_PERIOD=2026-09/here.csv'],
    ]);
  });

  it('refuses a manifest that is cut off, and two exports that would be one source', async () => {
    const folder = await makeTestFolder();
    await putFile(folder, 'e-Manifest.json', '{"dataFiles": [');
    await expect(discoverDeliveries(folder)).rejects.toThrow('the manifest cannot be read');
    const other = await makeTestFolder();
    await putDelivery(other, {
      name: 'a',
      period: '2026-09',
      deliveredAt: '2026-09-20T10:00:00Z',
      files: { 'x.csv': CSV },
    });
    await putDelivery(other, {
      name: 'b',
      period: '2026-09',
      deliveredAt: '2026-09-20T10:00:00Z',
      files: { 'x.csv': CSV },
    });
    expect((await discoverDeliveries(other)).candidates.map(({ source }) => source)).toEqual(['a', 'b']);
    await expect(discoverDeliveries(other, 'one')).rejects.toThrow('are two exports');
  });
});

it('reads manifests of legacy Cost and Usage Reports, also beside their files', async () => {
  const folder = await makeTestFolder();
  const manifest = {
    reportName: 'My Report',
    billingPeriod: { start: '20240101T000000.000Z', end: '20240201T000000.000Z' },
    reportKeys: ['cur/My Report/20240101-20240201/9d2f/My Report-1.csv.zip'],
  };
  await putFile(folder, 'My Report-Manifest.json', JSON.stringify(manifest), '2024-02-03T00:00:00Z');
  await putFile(folder, 'My Report-1.csv.zip', CSV);
  expect((await discoverDeliveries(folder)).candidates).toMatchObject([
    {
      source: 'my-report',
      billingPeriod: '2024-01',
      deliveredAt: new Date('2024-02-03T00:00:00Z'),
      files: [{}],
    },
  ]);
});

it('believes the manifest of a legacy report above the copies beside older deliveries, whatever their times', async () => {
  const folder = await makeTestFolder();
  const period = 'My Report/20240101-20240201';
  const manifest = (assembly: string) =>
    JSON.stringify({ reportName: 'My Report', reportKeys: [`cur/${period}/${assembly}/My Report-1.csv`] });
  for (const assembly of ['new', 'old']) {
    await putFile(folder, `${period}/${assembly}/My Report-1.csv`, CSV);
    await putFile(
      folder,
      `${period}/${assembly}/My Report-Manifest.json`,
      manifest(assembly),
      '2024-03-01T00:00:00Z',
    );
  }
  await putFile(folder, `${period}/My Report-Manifest.json`, manifest('new'), '2024-02-03T00:00:00Z');
  expect((await discoverDeliveries(folder)).candidates).toMatchObject([
    { billingPeriod: '2024-01', files: [{ name: `${period}/new/My Report-1.csv` }] },
  ]);
});

it('reads manifests of Microsoft Cost Management exports', async () => {
  const folder = await makeTestFolder();
  const manifest = {
    exportConfig: { exportName: 'FocusDaily' },
    runInfo: { submittedTime: '2024-10-02T01:02:03Z', startDate: '2024-09-01T00:00:00' },
    blobs: [{ blobName: 'costs/FocusDaily/20240901-20240930/1f3c/part_0_0001.csv.gz' }],
  };
  const run = 'FocusDaily/20240901-20240930/1f3c';
  await putFile(folder, `${run}/manifest.json`, JSON.stringify(manifest));
  await putFile(folder, `${run}/part_0_0001.csv.gz`, CSV);
  expect((await discoverDeliveries(folder)).candidates).toMatchObject([
    {
      source: 'focusdaily',
      billingPeriod: '2024-09',
      deliveredAt: new Date('2024-10-02T01:02:03Z'),
      files: [{}],
    },
  ]);
});

describe('without a manifest', () => {
  it('all cost files of the folder count, with a warning; the newest gives the time', async () => {
    const folder = await makeTestFolder();
    await putFile(folder, 'Ünsere Kosten/b.csv', CSV, '2026-01-02T00:00:00Z');
    await putFile(folder, 'Ünsere Kosten/sub/a.parquet', 'x', '2026-01-01T00:00:00Z');
    await putFile(folder, 'Ünsere Kosten/README.md', 'x');
    await putFile(folder, 'Ünsere Kosten/.hidden/c.csv', CSV);
    const { candidates, warnings } = await discoverDeliveries(`${folder}/Ünsere Kosten`);
    expect(candidates).toMatchObject([
      {
        source: 'unsere-kosten',
        manifest: null,
        billingPeriod: undefined,
        deliveredAt: new Date('2026-01-02T00:00:00Z'),
      },
    ]);
    expect(candidates[0]?.files.map(({ name }) => name)).toEqual(['b.csv', 'sub/a.parquet']);
    expect(warnings).toHaveLength(1);
  });

  it('a single file is its own source, or the one that is named', async () => {
    const folder = await makeTestFolder();
    const file = await putFile(folder, 'Bill_2026.snappy.parquet', 'x');
    expect((await discoverDeliveries(file)).candidates).toMatchObject([{ source: 'bill-2026' }]);
    expect((await discoverDeliveries(file, 'My AWS')).candidates).toMatchObject([{ source: 'my-aws' }]);
    await expect(discoverDeliveries(file, '///')).rejects.toThrow('gives no name');
  });

  it('refuses what is not there or holds nothing', async () => {
    const folder = await makeTestFolder();
    await expect(discoverDeliveries(`${folder}/nowhere`)).rejects.toThrow('no such file or folder');
    await expect(discoverDeliveries(folder)).rejects.toThrow('holds no manifest and no cost file');
  });
});
