/** headroom.yml of the benches that run the pipeline: allocation by tags alone. */
export const BENCH_CONFIGURATION = `version: 1
tags:
  team: { keys: [team] }
  service: { keys: [service] }
  environment: { keys: [environment] }
  cost_center: { keys: [cost_center] }
  owner: { keys: [owner] }
required_tags: [team, environment]
allocation:
  rules:
    - name: tags
      set:
        team: { tag: team }
        service: { tag: service }
        environment: { tag: environment }
        cost_center: { tag: cost_center }
        owner: { tag: owner }
`;
