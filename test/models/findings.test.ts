import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { loadModels } from '../../analytics/engine/model.ts';

const FINDINGS = fileURLToPath(new URL('../../analytics/models/findings/', import.meta.url));
const detectors = (await readdir(FINDINGS))
  .filter((file) => /^finding_\w+\.sql$/.test(file))
  .map((file) => file.replace('.sql', ''))
  .sort();
const models = await loadModels();
const findings = models.find(({ name }) => name === 'findings');

it('findings has every detector of the folder, once', () => {
  const united = [...(findings?.sql.matchAll(/from (finding_\w+)/g) ?? [])].map(([, name]) => name);
  expect(united.sort()).toEqual(detectors);
  expect(findings?.contract.inputs.toSorted()).toEqual(detectors);
});

it.each(detectors)('%s has the columns of every finding, in their order', (name) => {
  const shape = (columns: Record<string, { type: string }> = {}) =>
    Object.entries(columns).map(([column, { type }]) => `${column} ${type}`);
  const detector = models.find((model) => model.name === name);
  expect(shape(detector?.contract.columns)).toEqual(shape(findings?.contract.columns));
});

it('every detector has its page, with what a reader needs', async () => {
  const docs = fileURLToPath(new URL('../../docs/waste/', import.meta.url));
  const headings = ['What', 'Why', 'Evidence', 'Saving', 'False positives', 'Remedy'];
  const missing: string[] = [];
  for (const detector of detectors) {
    const page = `${detector.replace('finding_', '')}.md`;
    const text = await readFile(`${docs}${page}`, 'utf8').catch(() => '');
    const lacks = headings.filter((heading) => !new RegExp(`^#+ .*${heading}`, 'im').test(text));
    if (lacks.length > 0) missing.push(`${page}: ${lacks.join(', ')}`);
  }
  expect(missing).toEqual([]);
});
