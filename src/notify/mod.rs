//! The channels: how a message leaves the house. Each implements [`Channel`](crate::services::channel::Channel), or is a part of the one that
//! does: [`courier::Courier`].

pub mod courier;
pub mod email;
pub mod http;
mod outcome;
pub mod robot;
pub mod sms;

/// Names the cryptography that TLS uses in this process. Call it before anything is asked over HTTPS; a second call changes nothing.
pub fn prepare_tls() {
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::debug!("the cryptography of this process was named before");
    }
}
