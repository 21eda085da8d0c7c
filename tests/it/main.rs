//! The suite that runs in one process: every module is listed here.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod api;
mod browser;
mod cli;
mod durability;
mod feeds;
mod fuzz;
mod house;
mod journeys;
mod notify;
mod outbox;
mod pages;
mod storage;
mod support;
