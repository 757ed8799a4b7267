#!/usr/bin/env bash
# Makes .sst/platform, which SST's components are part of, for test/suites/stacks and for the types of stacks/.
# Nothing is deployed and no AWS account is asked. SST wants to find Pulumi, which only a deployment runs: a stand-in
# that tells its version is enough.
#
# Usage: install-platform.sh FOLDER, where SST itself is installed.
set -euo pipefail
folder=${1:?usage: install-platform.sh FOLDER}
root=$(cd "$(dirname "$0")/../../.." && pwd)
mkdir -p "$folder/config/sst/bin"
folder=$(cd "$folder" && pwd)
echo '{ "private": true }' >"$folder/package.json"
npm install --prefix "$folder" --no-save --no-audit --no-fund sst@4.17.1
printf '#!/bin/sh\necho v3.215.0\n' >"$folder/config/sst/bin/pulumi"
chmod +x "$folder/config/sst/bin/pulumi"
cd "$root"
XDG_CONFIG_HOME="$folder/config" SST_NO_BUN=1 SST_TELEMETRY_DISABLED=1 DO_NOT_TRACK=1 \
  "$folder/node_modules/.bin/sst" install --stage test
[ -d .sst/platform/node_modules/@pulumi/aws ] || { echo 'the platform is not whole' >&2; exit 1; }
