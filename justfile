# The small commands of every day. `tests/run` is the one that proves everything.

# List the recipes
default:
    @just --list

# Compile everything, say what clippy thinks
check:
    cargo clippy --workspace --all-targets

# Run the tests whose name contains FILTER (all without)
test FILTER="":
    cargo test --workspace -- {{ FILTER }}

# Run the tests against a PostgreSQL server of yours: just test-pg postgres://user:password@host/postgres
test-pg URL FILTER="":
    XIANGLAO_TEST_POSTGRES={{ quote(URL) }} cargo test --workspace -- {{ FILTER }}

# Format the code
fmt:
    cargo fmt --all

# Serve the demonstration
demo *ARGS:
    cargo run -- demo {{ ARGS }}

# Licences, advisories, crates that must not be there twice
deny:
    cargo deny check
