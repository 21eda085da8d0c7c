//! Hashing passwords with argon2id (RFC 9106), off the async threads, and never more at once than there are processors.

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};

use super::{Context, Error, Result};
use crate::config::PasswordHashing;

/// The salt of the hash that is made for nobody.
const NOBODY: [u8; 16] = *b"nobody's salt...";

fn argon2(cost: PasswordHashing) -> Result<Argon2<'static>> {
    let params = Params::new(cost.memory_kib, cost.passes, 1, None).map_err(|error| broken(&error))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn broken(error: &impl std::fmt::Display) -> Error {
    Error::Internal(format!("a password cannot be hashed: {error}"))
}

async fn off_thread<T: Send + 'static>(
    ctx: &Context,
    work: impl FnOnce(PasswordHashing) -> Result<T> + Send + 'static,
) -> Result<T> {
    let cost = ctx.settings.password_hashing;
    let permit = ctx
        .hashing
        .clone()
        .acquire_owned()
        .await
        .map_err(|error| broken(&error))?;
    tokio::task::spawn_blocking(move || {
        let _held = permit;
        work(cost)
    })
    .await
    .map_err(|error| broken(&error))?
}

/// The hash of a password in PHC form, with a fresh salt.
pub(super) async fn hash(ctx: &Context, password: &str) -> Result<String> {
    let salt: [u8; 16] = ctx.random();
    let password = password.to_owned();
    off_thread(ctx, move |cost| {
        let hash: PasswordHash = argon2(cost)?
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map_err(|error| broken(&error))?;
        Ok(hash.to_string())
    })
    .await
}

/// Whether `password` is the one behind `stored`. Without `stored` the answer is no, after the same work: the time taken does not
/// tell whether an account exists.
pub(super) async fn verify(ctx: &Context, password: &str, stored: Option<String>) -> Result<bool> {
    let password = password.to_owned();
    off_thread(ctx, move |cost| {
        let argon2 = argon2(cost)?;
        let Some(stored) = stored else {
            let made: PasswordHash = argon2
                .hash_password_with_salt(password.as_bytes(), &NOBODY)
                .map_err(|error| broken(&error))?;
            std::hint::black_box(made);
            return Ok(false);
        };
        let stored = PasswordHash::new(&stored).map_err(|error| broken(&error))?;
        Ok(argon2.verify_password(password.as_bytes(), &stored).is_ok())
    })
    .await
}
