import { execFileSync } from 'node:child_process';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openStore, readS3Settings } from '../../analytics/lake/open-store.ts';
import { makeTestFolder } from '../support/lake-folder.ts';

const MODULE = path.join(import.meta.dirname, '../../analytics/lake/open-store.ts');

const SETTINGS = readS3Settings({});

describe('openStore', () => {
  test('opens a folder', async () => {
    const folder = path.join(await makeTestFolder(), 'lake');
    const store = await openStore(folder, SETTINGS);
    expect(store.name).toBe(folder);
    await store.write('a', Buffer.from('x'));
    expect(Buffer.from(await store.read('a')).toString()).toBe('x');
  });

  test('refuses what is neither a folder nor in S3', async () => {
    for (const location of ['https://example.com/lake', 'gs://lake', 's3://', 's3://Not_A_Bucket/x']) {
      await expect(openStore(location, SETTINGS)).rejects.toMatchObject({ name: 'InputError' });
    }
  });

  test('loads the AWS SDK for S3 alone', async () => {
    const hook = `export async function resolve(name, context, next) {
      if (name.startsWith('@aws-sdk/')) throw new Error('it loads ' + name);
      return next(name, context);
    }`;
    const script = `
      import { register } from 'node:module';
      register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)});
      const { openStore } = await import(${JSON.stringify(MODULE)});
      await openStore(process.argv[1], { cacheFolder: process.argv[1] });
      console.log(await openStore('s3://lake/x', { cacheFolder: process.argv[1] }).catch((error) => error.message));`;
    const output = execFileSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', script, await makeTestFolder()],
      { encoding: 'utf8' },
    );
    expect(output).toMatch(/^it loads @aws-sdk\/client-s3/);
  });
});

describe('readS3Settings', () => {
  test('reads what is set', () => {
    expect(
      readS3Settings({
        HEADROOM_CACHE_DIR: '/cache',
        HEADROOM_CACHE_GIB: '0.5',
        HEADROOM_KMS_KEY_ID: 'alias/lake',
        AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
        AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:2',
      }),
    ).toEqual({
      cacheFolder: '/cache',
      cacheLimitGib: 0.5,
      kmsKeyId: 'alias/lake',
      endpoint: 'http://127.0.0.1:2',
    });
    expect(readS3Settings({ AWS_ENDPOINT_URL: 'http://127.0.0.1:1' })).toMatchObject({
      endpoint: 'http://127.0.0.1:1',
    });
  });

  test('finds a place for the cache', () => {
    expect(readS3Settings({}).cacheFolder).toBe(path.join(homedir(), '.cache', 'headroom'));
    expect(readS3Settings({ XDG_CACHE_HOME: '/x' }).cacheFolder).toBe(path.join('/x', 'headroom'));
    expect(readS3Settings({ AWS_LAMBDA_FUNCTION_NAME: 'f', XDG_CACHE_HOME: '/x' }).cacheFolder).toBe(
      path.join(tmpdir(), 'headroom'),
    );
  });

  test.each(['much', '0', '-1'])('says what to do about a limit of %s', (HEADROOM_CACHE_GIB) => {
    expect(() => readS3Settings({ HEADROOM_CACHE_GIB })).toThrow(
      expect.objectContaining({ name: 'InputError', where: 'HEADROOM_CACHE_GIB' }),
    );
  });
});
