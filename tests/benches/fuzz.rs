//! Fuzzes the readers of rules and calendar files for as long as asked, on stable Rust:
//! `cargo bench --bench fuzz -- --seconds 60 --seed 1 --target rules`.
//!
//! Each input is made of a corpus by a seeded generator; input n of seed s is always the same. Stops with exit code 1 at the first input
//! for which something does not hold, or which takes longer than 50 ms, and prints it.

#[path = "../it/support/fuzz.rs"]
mod fuzz;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use fuzz::{Chance, TARGETS};

/// No rule and no file may take longer.
const LIMIT: Duration = Duration::from_millis(50);

fn argument(name: &str) -> Option<String> {
    let mut arguments = std::env::args();
    arguments.find(|argument| argument == name)?;
    arguments.next()
}

fn main() -> ExitCode {
    let number = |name: &str, usual: u64| argument(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (seconds, seed) = (number("--seconds", 10), number("--seed", 1));
    let wanted = argument("--target");
    for (name, check) in TARGETS {
        if wanted.as_deref().is_some_and(|wanted| wanted != name) {
            continue;
        }
        let began = Instant::now();
        let (mut inputs, mut understood) = (0_u64, 0_u64);
        let mut slowest = (Duration::ZERO, String::new());
        while began.elapsed() < Duration::from_secs(seconds) {
            let own = seed.wrapping_mul(0x1_0000_0001).wrapping_add(inputs);
            let at = Instant::now();
            match check(&mut Chance(own)) {
                Err(fault) => {
                    eprintln!("{name}: input {inputs} of seed {seed}: {fault}");
                    return ExitCode::FAILURE;
                }
                Ok((input, read)) => {
                    understood += u64::from(read);
                    let took = at.elapsed();
                    if took > slowest.0 {
                        slowest = (took, input);
                    }
                }
            }
            inputs += 1;
        }
        println!(
            "{name}: {inputs} inputs in {seconds} s, {understood} understood; slowest {:.1} ms: {:?}",
            slowest.0.as_secs_f64() * 1000.0,
            slowest.1
        );
        if slowest.0 > LIMIT {
            eprintln!("{name}: longer than {LIMIT:?}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
