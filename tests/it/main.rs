//! The suite that runs in one process: every module is listed here.

mod notify;
mod support;

mod api;
