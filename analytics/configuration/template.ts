/** The files that `headroom init` writes. They load as they stand. */
export const CONFIGURATION_TEMPLATE = {
  'headroom.yml': `# Headroom's configuration. docs/configuration.md explains every key; headroom doctor checks this folder.
version: 1
reporting_currency: USD
cost_basis: effective          # billed | effective | list | contracted: what variance, unit cost and tagging use
fiscal_year_start_month: 1

import:
  quarantine_limit_ratio: 0.001  # share of a delivery's rows that may be set aside before the import fails

# The names that Headroom uses for your tags, and every way people write them. Case, spaces around a key or value, and
# the prefix user: do not matter.
tags:
  team:
    keys: [team, squad]
    values: {}                   # misspelled: right
  environment:
    keys: [environment, env, stage]
    values: { production: prod, prd: prod, development: dev, staging: stage }
  service:
    keys: [service, app, application]
  owner:
    keys: [owner, contact]

required_tags: [team, environment, service]

allocation:
  # In order; for each dimension (team, service, environment, tier, cost_center, owner) the first rule that matches and
  # has a value wins. match: provider_name, sub_account_id, service_name, region_id, charge_category or tag:NAME; several
  # values mean any of them, several fields all of them, * stands for any text. Account ids are text: quote them.
  rules:
    - name: tags
      set:
        team: { tag: team }
        service: { tag: service }
        environment: { tag: environment }
        owner: { tag: owner }
    # - name: data platform account
    #   match: { sub_account_id: ['000000001234'] }
    #   set: { team: data, environment: prod }

  # What else is known of a value: fills dimensions that no rule has set.
  lookups: []
    # - from: team
    #   values:
    #     payments: { cost_center: CC-210, tier: tier-1, owner: payments@example.com }

  # Costs that are nobody's own, and how they are split: proportional | even | fixed (shares) | driver (driver).
  shared_costs: []
    # - name: support
    #   match: { service_name: ['AWS Support*'] }
    #   split: proportional
    #   by: [team]

# What the business does, in units; drivers.csv has the volumes. cost: which allocated cost is divided by them.
drivers: {}
  # orders: { unit: order, cost: { service: [checkout] } }

calendar:
  country: US
  events: []
`,
  'budgets.csv': `# One line per month and scope. Empty scope cells are not part of the scope; a driver with its planned volume makes
# the budget flexible. month: 2026-10, amount: 1234.56. month: 2026-01..2026-12 is phased: even, days, or weights 1/1/2
version,month,cost_center,team,service,environment,tier,owner,amount,currency,driver,planned_volume,phasing
`,
  'drivers.csv': `# One line per day, driver and the dimensions that the volume is known by. date: 2026-10-31
date,driver,volume,unit,team,service,environment
`,
} as const;
