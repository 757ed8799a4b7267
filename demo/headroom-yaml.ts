import { Document, isMap, isScalar, isSeq, type Node, visit } from 'yaml';
import { toDate, type Window } from './calendar.ts';
import { isBlackFriday, REQUEST_SERVICES } from './drivers.ts';
import { listIncidents } from './incidents.ts';
import { VALUE_VARIANTS } from './tags.ts';
import { ACCOUNT_TEAMS, ACCOUNTS, SERVICES, TEAMS } from './world.ts';

const HEADER = ` Acme's configuration for Headroom. Acme is invented and its bill is generated; the folder is a working
 example of everything that can be set here. \`headroom init\` writes an empty one.`;

/** Comments by the path of what they stand before. */
const COMMENTS: Record<string, string> = {
  cost_basis:
    ' What variance, unit cost and tag coverage are computed on: billed, effective, list or contracted.',
  import:
    ' Rows that cannot be understood go to quarantine; above this share of a delivery the import fails.',
  tags: ' The names Headroom uses, and the keys and values as people write them. Keys and values are compared without\n regard to case and outer spaces. Some misspellings are left out on purpose: they show in the tagging result.',
  required_tags: ' A taggable resource counts as tagged when it carries all of these.',
  allocation:
    ' Who a charge belongs to. For each dimension the first rule that matches and gives a value wins.',
  'allocation.lookups': ' Once a team or a service is known, the rest follows.',
  'allocation.shared_costs':
    ' What matches is taken from where it is and split over the others, to the cent.',
  drivers: ' What the business counts, in drivers.csv, and the cost that it is the denominator of.',
  calendar: ' Days on which unusual cost is expected.',
  alerts:
    ' Who is told what. The variable ACME_SLACK_WEBHOOK holds the address of a Slack webhook; headroom alert --dry-run needs none.\n Links lead to what headroom serve answers on this machine.',
};

/** The text of the demo's headroom.yml. */
export function headroomYaml(window: Window): string {
  const document = new Document(configuration(window));
  document.commentBefore = HEADER;
  visit(document, {
    Map: (_, node) => {
      node.flow = isLeafMap(node);
    },
    Seq: (_, node) => {
      node.flow = node.items.every((item) => isScalar(item));
    },
  });
  for (const [path, comment] of Object.entries(COMMENTS)) commentKey(document, path.split('.'), comment);
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

/** The comment goes before the key. */
function commentKey(document: Document, path: string[], comment: string): void {
  const parent = path.length > 1 ? document.getIn(path.slice(0, -1)) : document.contents;
  const pair = isMap(parent)
    ? parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
    : undefined;
  if (pair && isScalar(pair.key)) {
    pair.key.commentBefore = comment;
    pair.key.spaceBefore = true;
  }
}

/** A map of scalars and lists of them, which reads best on one line. */
function isLeafMap(node: Node): boolean {
  return (
    isMap(node) &&
    node.items.every(
      ({ value }) => isScalar(value) || (isSeq(value) && value.items.every((item) => isScalar(item))),
    )
  );
}

function configuration(window: Window): object {
  const accountsOf = (team: string) =>
    Object.entries(ACCOUNT_TEAMS)
      .filter(([id, name]) => name === team && id !== ACCOUNTS.shared.id && id !== ACCOUNTS.sandbox.id)
      .map(([id]) => id);
  const environmentAccounts = (environment: string) =>
    Object.values(ACCOUNTS)
      .filter((account) => account.environment === environment)
      .map(({ id }) => id);
  return {
    version: 1,
    reporting_currency: 'USD',
    cost_basis: 'effective',
    fiscal_year_start_month: 1,
    import: { quarantine_limit_ratio: 0.001 },
    tags: {
      team: { keys: ['team', 'squad'], values: aliases(Object.keys(TEAMS)) },
      environment: {
        keys: ['environment', 'env', 'stage'],
        values: aliases(['prod', 'staging', 'dev', 'sandbox']),
      },
      service: { keys: ['service', 'app', 'application'] },
      owner: { keys: ['owner'] },
    },
    required_tags: ['team', 'environment', 'service'],
    allocation: {
      rules: [
        {
          name: 'tags',
          set: {
            team: { tag: 'team' },
            service: { tag: 'service' },
            environment: { tag: 'environment' },
            owner: { tag: 'owner' },
          },
        },
        { name: 'data accounts', match: { sub_account_id: accountsOf('data') }, set: { team: 'data' } },
        {
          name: 'legacy account',
          match: { sub_account_id: [ACCOUNTS.legacy.id] },
          set: { team: 'logistics', service: 'monolith' },
        },
        {
          name: 'sandbox account',
          match: { sub_account_id: [ACCOUNTS.sandbox.id] },
          set: { team: 'platform' },
        },
        {
          name: 'shared services account',
          match: { sub_account_id: [ACCOUNTS.shared.id] },
          set: { team: 'platform', service: 'kubernetes', environment: 'prod' },
        },
        ...['prod', 'staging', 'dev', 'sandbox'].map((environment) => ({
          name: `${environment} accounts`,
          match: { sub_account_id: environmentAccounts(environment) },
          set: { environment },
        })),
      ],
      lookups: [
        {
          from: 'team',
          values: Object.fromEntries(
            Object.entries(TEAMS).map(([team, { costCenter, owner }]) => [
              team,
              { cost_center: costCenter, owner },
            ]),
          ),
        },
        { from: 'service', values: Object.fromEntries(SERVICES.map(({ name, tier }) => [name, { tier }])) },
      ],
      shared_costs: [
        {
          name: 'support',
          match: { service_name: ['AWS Support*'] },
          split: 'proportional',
          by: ['team', 'cost_center'],
        },
        {
          name: 'tax',
          match: { charge_category: ['Tax'] },
          split: 'proportional',
          by: ['team', 'cost_center'],
        },
        {
          name: 'security account',
          match: { sub_account_id: [ACCOUNTS.security.id] },
          split: 'even',
          by: ['team', 'cost_center'],
        },
        {
          name: 'shared cluster',
          match: { sub_account_id: [ACCOUNTS.shared.id] },
          split: 'driver',
          driver: 'requests',
          by: ['team', 'cost_center'],
        },
      ],
    },
    drivers: {
      orders: { unit: 'order', description: 'Orders placed', cost: { service: ['checkout'] } },
      requests: {
        unit: 'request',
        description: 'Requests to pages, catalog, search and payments',
        cost: { service: REQUEST_SERVICES },
      },
      active_users: { unit: 'user-day', description: 'Users seen on a day', cost: { team: ['identity'] } },
      tenants: { unit: 'tenant-day', description: 'Shops on the platform' },
    },
    calendar: { country: 'US', events: [...sales(window), ...blackFridays(window)] },
    alerts: {
      page_url: 'http://localhost:8787/v1/{path}',
      policy: { tier_weights: { 'tier-1': 3, 'tier-2': 2, 'tier-3': 1 } },
      channels: { chat: { type: 'slack', secret: 'env:ACME_SLACK_WEBHOOK' } },
      routes: [{ match: {}, channels: ['chat'] }],
    },
  };
}

function aliases(values: string[]): Record<string, string> {
  const pairs = values.flatMap((value) =>
    (VALUE_VARIANTS[value] ?? [])
      .filter(({ isAliased }) => isAliased)
      .map(({ written }) => [written.trim().toLowerCase(), value] as const),
  );
  return Object.fromEntries(pairs.filter(([written, value]) => written !== value));
}

function blackFridays(window: Window): { name: string; from: string; to: string }[] {
  const events: { name: string; from: string; to: string }[] = [];
  for (let day = window.start; day < window.end + 365; day++) {
    if (isBlackFriday(day) && !isBlackFriday(day - 1))
      events.push({ name: 'Black Friday to Cyber Monday', from: toDate(day), to: toDate(day + 3) });
  }
  return events;
}

/** Sales of the past that were planned. */
function sales(window: Window): { name: string; from: string; to: string }[] {
  return listIncidents(window)
    .filter(({ kind }) => kind === 'planned_event')
    .map(({ start, end }) => ({
      name: 'Autumn sale',
      from: toDate(start),
      to: toDate((end ?? window.end) - 1),
    }));
}
