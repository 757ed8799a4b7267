import { describe, expect, it } from 'vitest';
import { attributeExcess } from '../../analytics/cause/attribute-excess.ts';
import { chooseCauses } from '../../analytics/cause/choose-causes.ts';
import {
  type ChangeFacts,
  classifyChange,
  describeChange,
} from '../../analytics/incident/describe-change.ts';

const NOTHING_NEW = { region: false, service: false, account: false, usageType: false };
const FACTS: ChangeFacts = { isNew: NOTHING_NEW, resources: [], isCoverage: false };

/** 100 were expected of ten units. */
function classify(
  now: { cost: bigint; quantity: number },
  facts: Partial<ChangeFacts> = {},
  before = { baseCost: 100n, baseQuantity: 10 },
) {
  const leaf = {
    key: 'a',
    values: { sku_meter: 'bytes', region_id: 'r1', service_name: 'S3' },
    ...now,
    ...before,
  };
  const parts = attributeExcess([leaf], before.baseCost);
  const [cause] = chooseCauses(parts, ['sku_meter', 'region_id', 'service_name']).causes;
  if (cause === undefined) throw new Error('no cause');
  const known = { ...FACTS, ...facts };
  const kind = classifyChange(cause, known);
  return [kind, describeChange(kind, cause, known)];
}

describe('what changed', () => {
  it('is use or price, whichever has more of it', () => {
    expect(classify({ cost: 600n, quantity: 60 })).toEqual([
      'more_usage',
      '6.0 times the usual use of bytes',
    ]);
    expect(classify({ cost: 40n, quantity: 4 })).toEqual(['less_usage', '60 % less use of bytes than usual']);
    expect(classify({ cost: 139n, quantity: 10 })).toEqual(['price', 'the unit price of bytes rose by 39 %']);
    expect(classify({ cost: 0n, quantity: 0 })).toEqual(['stopped', 'bytes is no longer used']);
    expect(classify({ cost: 0n, quantity: 10 })).toEqual([
      'free_tier_began',
      'free units of bytes began anew',
    ]);
  });

  it('names what is new, the widest first', () => {
    const start = { baseCost: 0n, baseQuantity: 0 };
    const now = { cost: 50n, quantity: 5 };
    const usageType = { ...NOTHING_NEW, usageType: true };
    expect(classify(now, { isNew: usageType }, start)).toEqual(['new_usage_type', 'first use of bytes']);
    const region = { ...usageType, region: true, service: true };
    expect(classify(now, { isNew: region }, start)).toEqual(['new_region', 'first use of region r1: bytes']);
    expect(classify(now, { isNew: NOTHING_NEW }, start)[0]).toBe('more_usage');
  });

  it('is the end of free units where they were used before at no cost', () => {
    const facts = { isNew: { ...NOTHING_NEW, service: true }, wasFree: true };
    expect(classify({ cost: 50n, quantity: 5 }, facts, { baseCost: 0n, baseQuantity: 5 })).toEqual([
      'free_tier_ended',
      'the free units of bytes are used up',
    ]);
  });

  it('says that it was charged once, and what is over', () => {
    const isNew = { ...NOTHING_NEW, service: true };
    const start = { baseCost: 0n, baseQuantity: 0 };
    expect(classify({ cost: 50n, quantity: 5 }, { isNew, onceOn: '2026-08-01' }, start)).toEqual([
      'new_service',
      'first use of S3: bytes, charged once on 2026-08-01',
    ]);
    expect(classify({ cost: 0n, quantity: 0 }, { isOver: true })[1]).toBe('bytes was not used');
  });

  it('names a new resource that has most of it', () => {
    const resources = [{ resource_id: 'i-1', amount: 400n, is_new: true }];
    expect(classify({ cost: 600n, quantity: 60 }, { resources })).toEqual([
      'new_resource',
      'new resource i-1: bytes',
    ]);
    const few = [{ resource_id: 'i-1', amount: 100n, is_new: true }];
    expect(classify({ cost: 600n, quantity: 60 }, { resources: few })[0]).toBe('more_usage');
  });

  it('is a tag where the cost left another owner', () => {
    const [kind, words] = classify({ cost: 600n, quantity: 60 }, { movedFrom: 'shop', movedTo: 'video' });
    expect(kind).toBe('tag_change');
    expect(words).toBe('cost of bytes moved from shop to video, as it is tagged otherwise');
  });
});
