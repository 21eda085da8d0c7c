//! A few thousand inputs of each fuzz target; `cargo bench --bench fuzz` tries many more.

use crate::support::fuzz::{Chance, TARGETS};

#[test]
fn nothing_that_is_typed_or_sent_breaks_the_readers() {
    for (name, check) in TARGETS {
        let mut understood = 0;
        for seed in 0..3000 {
            match check(&mut Chance(seed)) {
                Ok((_, read)) => understood += u32::from(read),
                Err(fault) => panic!("{name}, seed {seed}: {fault}"),
            }
        }
        assert!(
            understood > 300,
            "{name}: the inputs are too wild to test anything: {understood}"
        );
    }
}
