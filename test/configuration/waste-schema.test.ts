import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { WASTE_PRESETS, WASTE_THRESHOLDS } from '../../analytics/configuration/waste-thresholds.ts';
import { wasteRelations } from '../../analytics/jobs/waste-relations.ts';

const relationsOf = (yaml: string) =>
  wasteRelations({ configuration: parseConfiguration(`version: 1\n${yaml}`) });
const limits = (yaml: string) => relationsOf(yaml).waste_thresholds?.rows[0];

describe('waste configuration', () => {
  it('is balanced unless said otherwise', () => {
    expect(limits('')?.ec2_stopped_days).toBe(WASTE_THRESHOLDS.ec2_stopped_days?.balanced);
    expect(limits('waste: { preset: aggressive }')?.ec2_stopped_days).toBe(
      WASTE_THRESHOLDS.ec2_stopped_days?.aggressive,
    );
  });

  it('overrides single thresholds, also with nothing', () => {
    const row = limits('waste: { preset: conservative, thresholds: { ec2_stopped_days: 0 } }');
    expect(row?.ec2_stopped_days).toBe(0);
    expect(row?.ebs_unattached_days).toBe(WASTE_THRESHOLDS.ebs_unattached_days?.conservative);
  });

  it('refuses a threshold that no detector has, and an entry that ignores everything', () => {
    expect(() => parseConfiguration('version: 1\nwaste: { thresholds: { ec2_idle: 3 } }')).toThrow(
      /headroom\.yml:2.*unknown threshold/,
    );
    expect(() => parseConfiguration('version: 1\nwaste: { ignore: [{ reason: noise }] }')).toThrow(
      /matches every finding/,
    );
    expect(() =>
      parseConfiguration('version: 1\nwaste: { ignore: [{ team: data, reason: x, until: soon }] }'),
    ).toThrow(/must be a date/);
  });

  it('gives what is ignored as patterns, the tags that keep and the environments that run always', () => {
    const relations = relationsOf(
      `waste:
  ignore: [{ detector: 'ec2_*', team: data, reason: migration, until: 2026-12-31 }]
  keep_tags: { ' Role': [Standby] }
  production_environments: [PROD]`,
    );
    expect(relations.waste_ignored?.rows).toMatchObject([
      {
        ignore_no: 0,
        detector: 'ec2\\_%',
        team: 'data',
        resource_id: null,
        reason: 'migration',
        until_date: '2026-12-31',
      },
    ]);
    expect(relations.waste_kept_tags?.rows).toEqual([{ tag_key: 'role', tag_value: 'standby' }]);
    expect(relations.waste_production_environments?.rows).toEqual([{ environment: 'prod' }]);
  });
});

it('every threshold has its unit in its name', () => {
  const units =
    /_(days|hours|minutes|seconds|percent|ratio|mib|gib|iops|cost|count|per_day|per_hour|per_week|per_minute|per_second|connections|invocations)$/;
  expect(Object.keys(WASTE_THRESHOLDS).filter((name) => !units.test(name))).toEqual([]);
});

it('docs/waste/thresholds.md lists every threshold (vitest --update writes it)', async () => {
  const rows = Object.entries(WASTE_THRESHOLDS).map(
    ([name, threshold]) =>
      `| \`${name}\` | ${WASTE_PRESETS.map((preset) => threshold[preset]).join(' | ')} | ${threshold.description} |`,
  );
  const page = `# Thresholds of the waste detectors

\`waste.preset\` in headroom.yml chooses a column (default: balanced); \`waste.thresholds\` overrides single ones:

    waste:
      preset: conservative
      thresholds: { ec2_stopped_days: 45 }

| threshold | ${WASTE_PRESETS.join(' | ')} | meaning |
| --- | ---: | ---: | ---: | --- |
${rows.join('\n')}
`;
  await expect(page).toMatchFileSnapshot('../../docs/waste/thresholds.md');
});
