/// <reference path="./.sst/platform/config.d.ts" />

const SETTINGS_FILE = process.env.HEADROOM_DEPLOY_FILE ?? 'headroom.deploy.yml';

export default $config({
  async app(input) {
    const { readSettings } = await import('./stacks/settings.ts');
    const isProduction = input.stage === 'production';
    return {
      name: 'headroom',
      home: 'aws',
      // A teardown keeps the lake unless it is told to remove it, which production cannot be.
      removal: process.env.HEADROOM_REMOVE_DATA === 'yes' && !isProduction ? 'remove' : 'retain',
      protect: isProduction,
      providers: { aws: { version: '7.20.0', region: readSettings(SETTINGS_FILE).region as aws.Region } },
    };
  },
  async run() {
    const { readSettings } = await import('./stacks/settings.ts');
    const { createHeadroom } = await import('./stacks/index.ts');
    return createHeadroom(readSettings(SETTINGS_FILE));
  },
});
