//! Sealing what only people who must know may read, and finding it again without opening it.
//!
//! A sealed value is `version (1) | key id (4) | nonce (24) | ciphertext | tag (16)`, XChaCha20-Poly1305. The place it stands in
//! (community, table, column, row) is authenticated with it: a value copied into another row does not open. Equal values are
//! found by a blind index, HMAC-SHA-256 (RFC 2104) under a key of its own.
//!
//! The keys live in `xianglao.keys` beside the settings, never in the database or its backups. The file has one `index` line and
//! any number of `seal` lines: the highest number writes, all can read, so that keys can be replaced without a pause.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::Rng as _;
use sha2::Sha256;
use uuid::Uuid;

use super::{Error, Result};
use crate::domain::id::CommunityId;
use crate::domain::text::hex;
use crate::storage::{self, Db, meta};

const VERSION: u8 = 1;
const HEAD: usize = 1 + 4;
const NONCE: usize = 24;
/// The name of the key file in the data folder.
pub const FILE: &str = "xianglao.keys";
/// Under this key of `meta` the database remembers which key file it was written with.
const FINGERPRINT: &str = "keys_fingerprint";

/// Why there are no keys to work with. Every message names the file and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error("the key file {path}: {reason}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Others may read the file.
    #[error("the key file {path} may be read by others (mode {mode:o}): run chmod 600 {path}")]
    Open {
        /// Which.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A line that is not a key.
    #[error("the key file {path}, line {line}: {reason}")]
    Line {
        /// Which.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// The database was written with other keys.
    #[error(
        "the key file {path} is not the one this database was written with; telephone numbers could not be read or found. \
         Put the right file there"
    )]
    Other {
        /// Which.
        path: PathBuf,
    },
    /// The database was written with keys, and the file is gone.
    #[error(
        "the key file {path} is missing, and this database was written with one. Put it back from where copies of it are kept"
    )]
    Missing {
        /// Which.
        path: PathBuf,
    },
    /// The database could not be asked.
    #[error("the database could not be asked which key file it was written with")]
    Storage(#[from] storage::Error),
}

/// Seals and opens values, and computes blind indexes.
pub struct Sealer {
    seals: BTreeMap<u32, XChaCha20Poly1305>,
    index: [u8; 32],
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(***)")
    }
}

/// The keys in `folder` for the database `db`; made on the first start.
///
/// # Errors
/// [`KeyError`]: too open, damaged, missing, or not the ones this database was written with.
pub async fn prepare(db: &Db, folder: &Path) -> Result<Sealer, KeyError> {
    let path = folder.join(FILE);
    let remembered = meta::find(db.reader(), FINGERPRINT).await?;
    if !path.exists() {
        if remembered.is_some() {
            return Err(KeyError::Missing { path });
        }
        make(&path)?;
    }
    let sealer = Sealer::read(&path)?;
    let fingerprint = sealer.fingerprint();
    match remembered {
        Some(remembered) if remembered == fingerprint => Ok(sealer),
        Some(_) => Err(KeyError::Other { path }),
        None => {
            db.write(async move |txn| meta::put(txn, FINGERPRINT, &fingerprint).await)
                .await?;
            Ok(sealer)
        }
    }
}

fn file_error(path: &Path, doing: &str, error: &std::io::Error) -> KeyError {
    KeyError::File {
        path: path.to_owned(),
        reason: format!("{doing}: {error}"),
    }
}

/// Writes a file with fresh keys. Several processes may start at once: the first one's file stays.
fn make(path: &Path) -> Result<(), KeyError> {
    let fail = |doing: &'static str| move |error: std::io::Error| file_error(path, doing, &error);
    let mut random = [0; 72];
    rand::rng().fill_bytes(&mut random);
    let (keys, name) = random.split_at(64);
    let (seal, index) = keys.split_at(32);
    let text = format!(
        "# 享老: the keys to telephone numbers. Keep a copy, apart from the database and its backups.\n\
         # Without this file the numbers cannot be read; whoever has it and the database can read them all.\n\
         index {}\nseal 1 {}\n",
        STANDARD.encode(index),
        STANDARD.encode(seal)
    );
    let draft = path.with_extension(hex(name));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)
        .map_err(fail("cannot be made"))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(fail("cannot be written"))?;
    // A link, unlike a rename, does not replace what is there.
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft).map_err(fail("the draft beside it cannot be removed"))?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(fail("cannot be made")(error)),
        _ => {}
    }
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        std::fs::File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(fail("its folder cannot be synced"))?;
    }
    Ok(())
}

impl Sealer {
    /// Reads a key file.
    ///
    /// # Errors
    /// [`KeyError`]: cannot be read, too open, damaged.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let mode = std::fs::metadata(path)
            .map_err(|error| file_error(path, "cannot be read", &error))?
            .mode()
            & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Open {
                path: path.to_owned(),
                mode,
            });
        }
        let text = std::fs::read_to_string(path).map_err(|error| file_error(path, "cannot be read", &error))?;
        let line_error = |line, reason| KeyError::Line {
            path: path.to_owned(),
            line,
            reason,
        };
        let key = |line, text: &str| -> Result<[u8; 32], KeyError> {
            STANDARD
                .decode(text)
                .ok()
                .and_then(|bytes| bytes.try_into().ok())
                .ok_or_else(|| line_error(line, "expected 32 bytes in base64"))
        };
        let mut seals = BTreeMap::new();
        let mut index = None;
        for (line, text) in (1..).zip(text.lines()) {
            let words: Vec<&str> = text.split_whitespace().collect();
            match words.as_slice() {
                [] => {}
                [first, ..] if first.starts_with('#') => {}
                ["index", value] if index.is_none() => index = Some(key(line, value)?),
                ["seal", number, value] => {
                    let number: u32 = number
                        .parse()
                        .map_err(|_| line_error(line, "expected a number after `seal`"))?;
                    let cipher = XChaCha20Poly1305::new(&Key::from(key(line, value)?));
                    if seals.insert(number, cipher).is_some() {
                        return Err(line_error(line, "this number was given to another key"));
                    }
                }
                _ => return Err(line_error(line, "expected `index KEY` once, or `seal NUMBER KEY`")),
            }
        }
        match index {
            Some(index) if !seals.is_empty() => Ok(Self { seals, index }),
            _ => Err(line_error(1, "expected an `index` line and at least one `seal` line")),
        }
    }

    /// Seals `plain` for one place of the database.
    ///
    /// # Panics
    /// Never for texts under 256 GiB.
    pub fn seal(
        &self,
        community: CommunityId,
        table: &str,
        column: &str,
        row: impl Into<Uuid>,
        plain: &str,
    ) -> Vec<u8> {
        let (number, cipher) = self.seals.last_key_value().expect("a sealer has at least one key");
        let mut nonce = [0; NONCE];
        rand::rng().fill_bytes(&mut nonce);
        let mut sealed = vec![VERSION];
        sealed.extend(number.to_be_bytes());
        let aad = place(&sealed, community, table, column, row.into());
        let payload = Payload {
            msg: plain.as_bytes(),
            aad: &aad,
        };
        let ciphertext = cipher
            .encrypt(&XNonce::from(nonce), payload)
            .expect("only a text beyond 256 GiB cannot be sealed");
        sealed.extend(nonce);
        sealed.extend(ciphertext);
        sealed
    }

    /// Opens what was sealed for that place.
    ///
    /// # Errors
    /// [`storage::Error::Inconsistent`] when it was sealed for another place, with another key, or was changed.
    pub fn open(
        &self,
        community: CommunityId,
        table: &'static str,
        column: &'static str,
        row: impl Into<Uuid>,
        sealed: &[u8],
    ) -> Result<String> {
        let row = row.into();
        self.try_open(community, table, column, row, sealed).ok_or_else(|| {
            Error::Storage(storage::Error::Inconsistent {
                table,
                column,
                id: row.to_string(),
                value: "(a sealed value that does not open)".to_owned(),
            })
        })
    }

    fn try_open(&self, community: CommunityId, table: &str, column: &str, row: Uuid, sealed: &[u8]) -> Option<String> {
        let (head, rest) = sealed.split_at_checked(HEAD)?;
        let (nonce, ciphertext) = rest.split_at_checked(NONCE)?;
        let (version, number) = head.split_first()?;
        let number = u32::from_be_bytes(number.try_into().ok()?);
        if *version != VERSION {
            return None;
        }
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        let payload = Payload {
            msg: ciphertext,
            aad: &place(head, community, table, column, row),
        };
        let plain = self.seals.get(&number)?.decrypt(&XNonce::from(nonce), payload).ok()?;
        String::from_utf8(plain).ok()
    }

    /// A value under which equal texts of one community are found. It tells nothing without the key.
    pub fn blind_index(&self, community: CommunityId, text: &str) -> Vec<u8> {
        self.mac(&[community.0.as_bytes(), text.as_bytes()])
    }

    fn fingerprint(&self) -> String {
        STANDARD.encode(self.mac(&[b"fingerprint"]))
    }

    fn mac(&self, parts: &[&[u8]]) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.index).expect("HMAC takes keys of any length");
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().to_vec()
    }
}

/// What is authenticated with a value. Ids have a fixed length and names hold no zero byte, so no two places read the same.
fn place(head: &[u8], community: CommunityId, table: &str, column: &str, row: Uuid) -> Vec<u8> {
    let mut aad = head.to_vec();
    aad.extend(community.0.as_bytes());
    aad.extend(row.as_bytes());
    aad.extend(table.as_bytes());
    aad.push(0);
    aad.extend(column.as_bytes());
    aad
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    const HERE: CommunityId = CommunityId(Uuid::from_u128(1));
    const ROW: Uuid = Uuid::from_u128(7);
    const NUMBER: &str = "13800000000";

    fn fresh() -> (tempfile::TempDir, PathBuf, Sealer) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(FILE);
        make(&path).expect("a key file");
        let sealer = Sealer::read(&path).expect("a sealer");
        (folder, path, sealer)
    }

    fn write(path: &Path, text: &str) {
        std::fs::write(path, text).expect("written");
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("closed");
    }

    #[test]
    fn what_is_sealed_for_a_place_opens_there_and_nowhere_else() {
        let (_folder, _, sealer) = fresh();
        let sealed = sealer.seal(HERE, "resident", "phone_sealed", ROW, NUMBER);
        let open = |community, table, column, row| sealer.open(community, table, column, row, &sealed).ok();
        assert_eq!(open(HERE, "resident", "phone_sealed", ROW).as_deref(), Some(NUMBER));
        assert_eq!(
            open(CommunityId(Uuid::from_u128(2)), "resident", "phone_sealed", ROW),
            None
        );
        assert_eq!(open(HERE, "partner", "phone_sealed", ROW), None);
        assert_eq!(open(HERE, "resident", "family_phone_sealed", ROW), None);
        assert_eq!(open(HERE, "resident", "phone_sealed", Uuid::from_u128(8)), None);
        assert!(!sealed.windows(4).any(|part| NUMBER.as_bytes().starts_with(part)));
    }

    #[test]
    fn a_changed_byte_anywhere_is_noticed() {
        let (_folder, _, sealer) = fresh();
        let sealed = sealer.seal(HERE, "resident", "phone_sealed", ROW, NUMBER);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(
                sealer.open(HERE, "resident", "phone_sealed", ROW, &changed).is_err(),
                "byte {at}"
            );
        }
        for length in 0..sealed.len() {
            assert!(
                sealer
                    .open(HERE, "resident", "phone_sealed", ROW, &sealed[..length])
                    .is_err()
            );
        }
    }

    #[test]
    fn equal_numbers_are_found_in_one_community_and_not_across_two() {
        let (_folder, _, sealer) = fresh();
        let (_other_folder, _, other) = fresh();
        assert_eq!(sealer.blind_index(HERE, NUMBER), sealer.blind_index(HERE, NUMBER));
        assert_ne!(
            sealer.blind_index(HERE, NUMBER),
            sealer.blind_index(HERE, "13800000001")
        );
        assert_ne!(
            sealer.blind_index(HERE, NUMBER),
            sealer.blind_index(CommunityId(Uuid::from_u128(2)), NUMBER)
        );
        assert_ne!(sealer.blind_index(HERE, NUMBER), other.blind_index(HERE, NUMBER));
    }

    #[test]
    fn the_newest_key_writes_and_every_key_reads() {
        let (_folder, path, old) = fresh();
        let sealed = old.seal(HERE, "resident", "phone_sealed", ROW, NUMBER);
        let text = std::fs::read_to_string(&path).expect("the file");
        write(&path, &format!("{text}seal 2 {}\n", STANDARD.encode([9; 32])));
        let rotated = Sealer::read(&path).expect("a sealer");
        let open = |sealer: &Sealer, sealed: &[u8]| sealer.open(HERE, "resident", "phone_sealed", ROW, sealed).ok();
        assert_eq!(open(&rotated, &sealed).as_deref(), Some(NUMBER));
        let newer = rotated.seal(HERE, "resident", "phone_sealed", ROW, NUMBER);
        assert_eq!(open(&rotated, &newer).as_deref(), Some(NUMBER));
        assert_eq!(open(&old, &newer), None);
        assert_eq!(rotated.blind_index(HERE, NUMBER), old.blind_index(HERE, NUMBER));
    }

    #[test]
    fn the_file_is_closed_to_others_and_refused_when_it_is_not() {
        let (_folder, path, _) = fresh();
        let mode = std::fs::metadata(&path).expect("the file").mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("opened");
        let message = Sealer::read(&path).expect_err("too open").to_string();
        assert!(message.contains("640") && message.contains("chmod 600"), "{message}");
    }

    #[test]
    fn a_second_start_keeps_the_first_ones_keys() {
        let (_folder, path, first) = fresh();
        make(&path).expect("nothing to do");
        let again = Sealer::read(&path).expect("a sealer");
        assert_eq!(first.blind_index(HERE, NUMBER), again.blind_index(HERE, NUMBER));
        assert_eq!(
            std::fs::read_dir(path.parent().expect("a folder"))
                .expect("listed")
                .count(),
            1
        );
    }

    #[test]
    fn a_damaged_file_is_refused_with_its_line() {
        let (_folder, path, _) = fresh();
        let good = STANDARD.encode([1; 32]);
        for (text, line) in [
            (String::new(), 1),
            (format!("index {good}\n"), 1),
            (format!("seal 1 {good}\n"), 1),
            (format!("index {good}\nseal one {good}\n"), 2),
            (format!("index {good}\nseal 1 abc\n"), 2),
            (format!("index {good}\nseal 1 {good}\nseal 1 {good}\n"), 3),
            (format!("index {good}\nindex {good}\nseal 1 {good}\n"), 2),
        ] {
            write(&path, &text);
            let message = Sealer::read(&path).expect_err("damaged").to_string();
            assert!(message.contains(&format!("line {line}:")), "{text}: {message}");
        }
    }
}
