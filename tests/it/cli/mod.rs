//! Commands, run as the program itself.

mod backup;
mod import;
mod migrate;
mod operation;
mod report;
mod residents;
mod user;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs the program with a data folder of its own; nothing of the environment reaches it.
pub fn xianglao(folder: &Path, arguments: &[&str], stdin: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_xianglao"))
        .args(arguments)
        .env_clear()
        .env("XIANGLAO_DATA_DIR", folder)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = child.stdin.take().expect("piped");
    // A program that has refused already does not read what is sent.
    let _ = input.write_all(stdin.as_bytes());
    drop(input);
    child.wait_with_output().expect("the program ends")
}

/// What it said.
pub fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
