#!/usr/bin/env bash
# The short commands, for people, documents and CI alike. `./do` alone lists them. Each is a line or two below, so that it
# can be read and typed by hand.
set -euo pipefail
cd "$(dirname "$0")"

tools="$PWD/target/ci-tools"
python="$tools/python/bin/python"

# Python's tools of CI, in environments of their own: SAM and cfn-lint, and the emulator, which wants other versions.
tools() {
    [ -x "$python" ] || python3 -m venv "$tools/python"
    [ -x "$tools/emulator/bin/python" ] || python3 -m venv "$tools/emulator"
    "$python" -m pip install --quiet --disable-pip-version-check --requirement .ci/requirements.txt
    "$tools/emulator/bin/python" -m pip install --quiet --disable-pip-version-check --requirement .ci/emulator.txt
}

# `cargo lambda` of the machine, or else with its linker in an environment of its own.
cargo_lambda() {
    if ! cargo lambda --version >/dev/null 2>&1; then
        [ -x "$tools/lambda/bin/python" ] || python3 -m venv "$tools/lambda"
        "$tools/lambda/bin/python" -m pip install --quiet --disable-pip-version-check --requirement .ci/lambda.txt
        export PATH="$tools/lambda/bin:$PATH"
    fi
    cargo lambda "$@"
}

# Lambda's name of an architecture, and what cargo lambda calls for it.
architecture="${ARCHITECTURE:-arm64}"
case "$architecture" in
arm64) for_architecture=--arm64 target=aarch64-unknown-linux-gnu ;;
x86_64) for_architecture=--x86-64 target=x86_64-unknown-linux-gnu ;;
*) echo "ARCHITECTURE is arm64 or x86_64" >&2 && exit 1 ;;
esac

command="${1:-help}"
[ $# -eq 0 ] || shift
case "$command" in
help) # lists the commands
    sed -n 's/^\([a-z-]*\)) # /\1: /p' do
    ;;
run) # the API on this machine; options as `cargo run -- --help` says
    mkdir -p target/local
    # Kept for `event` and `local-env`, which read there where it is.
    cargo run -- "$@" | tee -i target/local/printed.txt
    ;;
test) # every test, or those whose names hold a word
    cargo test --locked "$@"
    ;;
lint) # format and lints of the Rust code
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- --deny warnings
    ;;
template) # the template: cfn-lint, SAM, and tests of what SAM makes of it; the workflows and forms of GitHub
    tools
    "$tools/python/bin/check-jsonschema" --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
    "$tools/python/bin/check-jsonschema" --quiet --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/{fault,wish}.yml
    "$tools/python/bin/cfn-lint" template.yaml
    # It wants a region, though it asks nobody.
    AWS_DEFAULT_REGION=eu-central-1 SAM_CLI_TELEMETRY=0 "$tools/python/bin/sam" validate --lint
    "$python" -W ignore -m unittest discover --start-directory tests/template --pattern 'test_*.py'
    ;;
emulate) # the stack on an emulator; `--bootstraps target/debug` also asks the built functions
    tools
    "$python" tests/emulator/test_deployment.py "$@"
    ;;
operate) # the commands of docs/deploy.md and docs/operations.md on an emulator; needs the AWS command line
    tools
    "$python" -W ignore tests/emulator/test_commands.py "$@"
    ;;
local-functions) # built functions on the data of a running service, as sam local and cargo lambda call them
    tools
    cargo_lambda --version
    "$python" tests/emulator/test_local.py "$@"
    ;;
second-database) # the core of the tests on the emulator's DynamoDB and S3; words name tests instead
    tools
    "$python" tests/emulator/second_database.py "$@"
    ;;
construct) # the CDK's construct, against the template; needs Node.js
    tools
    (cd deploy/cdk && npm install --no-package-lock --no-audit --no-fund --silent)
    "$python" -W ignore tests/template/test_construct.py
    ;;
watch) # the built functions behind `cargo lambda watch`, on the data of a running `./do run`; options as it has them
    "$0" local-env
    cargo_lambda watch --package functions --env-file target/local/environment.env --invoke-address 127.0.0.1 "$@"
    ;;
ci) # everything that CI runs
    .ci/run
    ;;
build) # all functions for Lambda, in one go; ARCHITECTURE=x86_64 for the other one
    rustup target add "$target" >/dev/null
    # Both architectures are put into one place.
    rm -rf target/lambda
    cargo_lambda build --release "$for_architecture" --package functions
    ;;
dist) # `build`, then target/dist/<architecture>, which `sam deploy` takes as it is
    "$0" build
    deploy/release.py --architecture "$architecture" --out "target/dist/$architecture"
    ;;
deploy) # creates or updates the stack from target/dist; options as `sam deploy --help` says
    sam deploy --template "target/dist/$architecture/template.yaml" --config-file "$PWD/samconfig.toml" "$@"
    ;;
function) # builds one function and puts it into a deployed stack: NAME [STACK]
    rustup target add "$target" >/dev/null
    cargo_lambda build --release "$for_architecture" --package functions --bin "$1"
    # get-message is GetMessageFunction in the template; AWS adds the stack's name and some letters.
    logical=$(python3 -c 'import sys; print(sys.argv[1].title().replace("-", ""))' "$1")Function
    name=$(aws cloudformation describe-stack-resource --stack-name "${2:-halley}" --logical-resource-id "$logical" \
        --query StackResourceDetail.PhysicalResourceId --output text)
    cargo_lambda deploy --binary-name "$1" "$name"
    ;;
event) # prints an event for the running service, with its key and a message's id filled in: NAME [MESSAGE_ID]
    deploy/local.py event "$@"
    ;;
local-env) # writes target/local, by which `sam local` and built functions reach the running service
    deploy/local.py environment
    ;;
*)
    echo "there is no command $command" >&2
    "$0" help >&2
    exit 1
    ;;
esac
