//! The channels: how a message leaves the house. Each implements [`Channel`](crate::services::channel::Channel).

pub mod email;
