//! Which session somebody means, and as which of its versions they saw it: two who change one session at the same time do not
//! overwrite each other without knowing.

use crate::domain::id::SessionId;
use crate::domain::planning::Session;
use crate::services::{Error, Result};

/// A session somebody wants to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Which.
    pub id: SessionId,
    /// The sequence of the session as it was seen; none from whoever does not mind.
    pub sequence: Option<i32>,
}

impl Target {
    /// A session as it was seen.
    pub fn seen(id: SessionId, sequence: Option<i32>) -> Self {
        Self { id, sequence }
    }

    /// Refuses when the session is not as it was seen. Ask under the lock of its series: whoever changes a session holds it.
    pub(super) fn still_stands(self, session: &Session) -> Result<()> {
        match self.sequence {
            Some(sequence) if sequence != session.sequence => Err(Error::ChangedMeanwhile(Box::new(session.clone()))),
            _ => Ok(()),
        }
    }
}

impl From<SessionId> for Target {
    fn from(id: SessionId) -> Self {
        Self { id, sequence: None }
    }
}
