#!/usr/bin/env bash
# Installs what test/suites/lambda needs into a folder: Node 24, which Lambda runs, and Lambda's own runtime client,
# whose native half is compiled (gcc, g++, make, cmake; about two minutes). Then: export HEADROOM_LAMBDA_RUNTIME=FOLDER
set -euo pipefail
folder=${1:?usage: install-runtime.sh FOLDER}
mkdir -p "$folder"
cd "$folder"
echo '{ "private": true }' >package.json
npm install --no-save --no-audit --no-fund --foreground-scripts node@24.21.0 aws-lambda-ric@4.0.2
[ -f node_modules/aws-lambda-ric/rapid-client.node ] || { echo 'the native half was not built' >&2; exit 1; }
node_modules/node/bin/node --version
