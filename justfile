# What a contributor runs. CONTRIBUTING.md says what each is for.

# Lists the recipes.
default:
    @just --list

# Before each commit, in minutes: format, lints, unit tests.
quick:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings
    cargo test --workspace --lib --bins --locked

# All tests that need neither root nor a virtual machine.
test:
    cargo test --workspace --locked

# Everything that a change must pass. As root it installs the packages that it needs; without, they must be there.
ci:
    .ci/run

# The benchmarks. MMIO_BENCH_LOG names logs, colons between; without it they make their own.
bench:
    cargo bench --workspace --locked
